/** What each part of the model writes straight to the target, in the order in which it writes, and what that comes to. */
import type { ContributionPartsFragment } from '../../../client/generated/graphql.ts';

/** Of one block, as its event tells it or as the answer has it. */
export interface LayerFigures {
  readonly layer: number;
  readonly attention: ContributionPartsFragment;
  readonly mlp: ContributionPartsFragment | null;
  readonly attentionBias: ContributionPartsFragment;
  readonly residual: number;
  readonly bias: number;
  /** Of its event alone. */
  readonly biasSoFar?: number;
}

/** What is known: of a run that is under way the blocks from the last one down, in the end all. */
export interface Known {
  readonly layerCount: number;
  readonly layers: readonly (LayerFigures | undefined)[];
  readonly embedding?: { readonly direct: number; readonly total: number | null };
  readonly bias?: number;
  readonly intercept?: number;
}

export type PartKind = 'embedding' | 'attention' | 'attentionBias' | 'mlp' | 'behind' | 'intercept';

export interface Part {
  readonly kind: PartKind;
  readonly layer?: number;
  readonly direct: number;
  /** Null where it is not told apart. */
  readonly total: number | null;
}

/** A part in the running sum. */
export interface Step extends Part {
  readonly from: number;
  readonly to: number;
}

export interface Ledger {
  /** As far as they are known; `attentionBias` is within `attention`. */
  readonly parts: readonly Part[];
  /** Without those that are within others. In the end from 0 up; while it runs from the logit down. */
  readonly steps: readonly Step[];
  /** What the steps come to. */
  readonly end: number;
}

export function ledgerOf(known: Known): Ledger {
  const blocks = Array.from({ length: known.layerCount }, (_, layer) => known.layers[layer]);
  const parts = [...first(known), ...blocks.flatMap((figures) => (figures ? ofLayer(figures) : [])), ...last(known)];
  const summed = parts.filter(({ kind }) => kind !== 'attentionBias');
  const end = known.embedding ? sumOf(summed) : (streamOf(known).at(-1)?.sum ?? 0);
  const begin = known.embedding ? 0 : end - sumOf(summed);
  const steps = summed.map((part, index): Step => {
    const from = begin + sumOf(summed.slice(0, index));
    return { ...part, from, to: from + part.direct };
  });
  return { parts, steps, end };
}

function sumOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { direct }) => sum + direct, 0);
}

function first({ embedding }: Known): Part[] {
  return embedding ? [{ kind: 'embedding', ...embedding }] : [];
}

function ofLayer({ layer, attention, attentionBias, mlp }: LayerFigures): Part[] {
  const parts: Part[] = [{ kind: 'attention', layer, ...attention }];
  if (attentionBias.direct !== 0 || attentionBias.total !== 0)
    parts.push({ kind: 'attentionBias', layer, ...attentionBias });
  if (mlp) parts.push({ kind: 'mlp', layer, ...mlp });
  return parts;
}

/** The biases of the final norm and the unembedding: those of all the model without those of the blocks. */
function last({ layerCount, layers, bias, intercept = 0 }: Known): Part[] {
  const top = layers[layerCount - 1];
  const behind =
    top?.biasSoFar !== undefined
      ? top.biasSoFar - top.bias
      : bias === undefined
        ? 0
        : bias - layers.reduce((sum, layer) => sum + (layer?.bias ?? 0), 0);
  const parts: Part[] = behind === 0 ? [] : [{ kind: 'behind', direct: behind, total: behind }];
  if (intercept !== 0) parts.push({ kind: 'intercept', direct: intercept, total: null });
  return parts;
}

/** What the stream before a block carries; with the biases from there on it is the logit. */
export interface StreamRow {
  readonly layer: number;
  readonly residual: number;
  readonly biases: number;
  readonly sum: number;
}

export function streamOf({ layers, bias }: Known): StreamRow[] {
  let below = 0;
  return layers.flatMap((figures) => {
    if (!figures) return [];
    const { layer, residual } = figures;
    const biases = figures.biasSoFar ?? (bias ?? 0) - below;
    below += figures.bias;
    return [{ layer, residual, biases, sum: residual + biases }];
  });
}

const names: Readonly<Record<PartKind, string>> = {
  embedding: 'embedding',
  attention: 'attention',
  attentionBias: 'attention: its bias',
  mlp: 'MLP',
  behind: 'biases after the layers',
  intercept: 'intercept',
};

/** `layer 3 MLP`, `embedding`. */
export function partName({ kind, layer }: Pick<Part, 'kind' | 'layer'>): string {
  return layer === undefined ? names[kind] : `layer ${layer} ${names[kind]}`;
}
