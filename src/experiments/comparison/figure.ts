/** Figures of runs that groups are compared by, read from what is stored of each run. */
import type { LayerResult } from '../../explain/attribution/grains/layer-result.ts';
import { shapeOf } from './shape.ts';
import type { FinerPart, StoredAnswer } from './stored-answer.ts';

export const figureNames = [
  'SCORE',
  'TOKEN',
  'HEAD',
  'ATTENTION',
  'MLP',
  'RANK',
  'PROBABILITY',
  'COMPREHENSIVENESS',
  'SUFFICIENCY',
] as const;
export type FigureName = (typeof figureNames)[number];

/** One number of a run. */
export interface RunFigure {
  readonly name: FigureName;
  /** Null of what is no block's. */
  readonly layer: number | null;
  /** Null of what is no head's. */
  readonly head: number | null;
  readonly label: string;
}

/** What is asked for: some are several figures. */
export type FigureRequest =
  | { readonly kind: 'score' | 'heads' | 'layers' | 'rank' | 'probability' | 'faithfulness' }
  | { readonly kind: 'head'; readonly layer: number; readonly head: number }
  /** Negative positions count from the end. */
  | { readonly kind: 'position'; readonly position: number }
  | { readonly kind: 'slot'; readonly slot: string };

/** What figures are read from. */
export interface StoredFigures extends StoredAnswer {
  /** Tokens of the prompt. */
  readonly length: number;
  /** Positions of the tokens that a slot's text makes in the prompt. @throws Lacking where there are none */
  positionsOf(slot: string): readonly number[];
}

/** Why a run has not a figure. */
export class Lacking extends Error {}

/** Reads the figures of one request, of one run after the other. */
export interface FigureReader {
  /** In words. */
  readonly what: string;
  readonly part: FinerPart | undefined;
  /** Whether it asks for what stands in slots. */
  readonly bySlots: boolean;
  /** Known once one run was read. */
  readonly figures: readonly RunFigure[];
  /** One number a figure. @throws Lacking */
  read(stored: StoredFigures): readonly number[];
}

export function figureReader(request: FigureRequest): FigureReader {
  switch (request.kind) {
    case 'score':
      return reader([plain('SCORE', 'what is explained')], ({ score }) => [score]);
    case 'rank':
      return reader([plain('RANK', 'rank of the target')], ({ target }) => [target.rank]);
    case 'probability':
      return reader([plain('PROBABILITY', 'probability of the target')], ({ target }) => [target.probability]);
    case 'position': {
      const { position } = request;
      return reader([plain('TOKEN', `token at position ${position}`)], (stored) => [scoreAt(stored, position)]);
    }
    case 'slot': {
      const { slot } = request;
      const read = (stored: StoredFigures) =>
        stored.positionsOf(slot).reduce((sum, position) => sum + scoreAt(stored, position), 0);
      return { ...reader([plain('TOKEN', `tokens of the slot ${slot}`)], (stored) => [read(stored)]), bySlots: true };
    }
    case 'faithfulness': {
      const figures = [
        plain('COMPREHENSIVENESS', 'comprehensiveness of the token scores'),
        plain('SUFFICIENCY', 'sufficiency of the token scores'),
      ];
      const read = ({ faithfulness: stored }: StoredFigures) => {
        const { comprehensiveness, sufficiency } = stored ?? lacks('faithfulness');
        return [comprehensiveness.area, sufficiency.area];
      };
      return reader(figures, read, 'faithfulness');
    }
    case 'head': {
      const { layer, head } = request;
      return reader([headFigure(layer, head)], (stored) => [totalOf(layersOf(stored), layer, head)], 'layers');
    }
    case 'heads':
      return shaped('every head', (layers) =>
        layers.flatMap(({ heads }, layer) =>
          heads.map(({ total }, head) => ({ figure: headFigure(layer, head), value: total })),
        ),
      );
    case 'layers':
      return shaped('every block', (layers) =>
        layers.flatMap(({ attention, mlp }, layer) => [
          { figure: blockFigure('ATTENTION', 'attention', layer), value: attention.total },
          ...(mlp ? [{ figure: blockFigure('MLP', 'MLP', layer), value: mlp.total }] : []),
        ]),
      );
  }
}

function reader(
  figures: readonly RunFigure[],
  read: FigureReader['read'],
  part?: FinerPart | undefined,
  what = figures.map(({ label }) => label).join(', '),
): FigureReader {
  return { what, part, bySlots: false, figures, read };
}

/** Figures that are as many as the model has blocks and heads: all runs must have as many. */
function shaped(
  what: string,
  valuesOf: (layers: readonly LayerResult[]) => readonly { readonly figure: RunFigure; readonly value: number }[],
): FigureReader {
  const figures: RunFigure[] = [];
  let shape: string | undefined;
  const read = (stored: StoredFigures) => {
    const layers = layersOf(stored);
    const values = valuesOf(layers);
    if (shape === undefined) {
      shape = shapeOf(layers);
      figures.push(...values.map(({ figure }) => figure));
    }
    if (shapeOf(layers) !== shape)
      throw new Lacking(`its model has ${shapeOf(layers)}, where the first run's has ${shape}`);
    return values.map(({ value }) => value);
  };
  return reader(figures, read, 'layers', what);
}

function scoreAt(stored: StoredFigures, position: number): number {
  const absolute = position < 0 ? stored.length + position : position;
  if (absolute < 0 || absolute >= stored.length)
    throw new Lacking(`its prompt has no position ${position}: it is of ${stored.length} tokens`);
  const score = stored.tokenAt(absolute);
  if (score === undefined) throw new Lacking('a token is not among those that it tracks');
  return score;
}

function layersOf({ layers }: StoredFigures): readonly LayerResult[] {
  return layers ?? lacks('layers');
}

function lacks(part: FinerPart): never {
  throw new Lacking(`\`${part}\` is not stored: select it of its LogitAttribution once`);
}

function totalOf(layers: readonly LayerResult[], layer: number, head: number): number {
  const found = layers[layer]?.heads[head];
  if (!found) throw new Lacking(`its model has no head ${head} in block ${layer}, but ${shapeOf(layers)}`);
  return found.total;
}

function plain(name: FigureName, label: string): RunFigure {
  return { name, layer: null, head: null, label };
}

function headFigure(layer: number, head: number): RunFigure {
  return { name: 'HEAD', layer, head, label: `head ${head} of block ${layer}` };
}

function blockFigure(name: FigureName, what: string, layer: number): RunFigure {
  return { name, layer, head: null, label: `${what} of block ${layer}` };
}
