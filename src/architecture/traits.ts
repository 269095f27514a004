import type { Activation, ModelSpecification } from './specification.ts';

/** What a client must know to read a model's figures. */
export interface ModelTraits {
  readonly norm: 'LAYER_NORM' | 'RMS_NORM' | 'NONE';
  readonly normPlacement: 'PRE' | 'POST' | 'SANDWICH' | 'NONE';
  readonly parallelBlocks: boolean;
  readonly gatedMlp: boolean;
  /** Null in attention-only models. */
  readonly activation: Activation | null;
  readonly groupedHeads: boolean;
  readonly queryKeyNorm: boolean;
  /** What a query is normed over: each head by itself, or all heads together; null without such norms. */
  readonly queryKeyNormOver: 'HEAD' | 'ALL_HEADS' | null;
  readonly positions: 'LEARNED' | 'ROTARY' | 'NONE';
  /** Per block: how far attention looks back; null where it sees the whole prompt. */
  readonly windows: readonly (number | null)[];
  readonly attentionSoftcap: number | null;
  readonly logitSoftcap: number | null;
  readonly tiedEmbeddings: boolean;
}

/** Reads the traits off a specification, so that they cannot disagree with what the graphs compute. */
export function traitsOf(model: ModelSpecification): ModelTraits {
  const [first] = model.blocks;
  const attention = first?.attention;
  const mlp = first?.mlp;
  const pre = attention?.norm !== undefined;
  const post = attention?.postNorm !== undefined;
  return {
    norm: (attention?.norm ?? attention?.postNorm ?? model.unembedding.norm)?.kind ?? 'NONE',
    normPlacement: pre && post ? 'SANDWICH' : pre ? 'PRE' : post ? 'POST' : 'NONE',
    parallelBlocks: first?.parallel ?? false,
    gatedMlp: mlp?.gate !== undefined,
    activation: mlp?.activation ?? null,
    groupedHeads: model.keyValueHeadCount !== model.headCount,
    queryKeyNorm: attention?.queryNorm !== undefined,
    queryKeyNormOver: attention?.queryNorm?.over ?? null,
    positions: model.embedding.position ? 'LEARNED' : attention?.rotary ? 'ROTARY' : 'NONE',
    windows: model.blocks.map((block) => block.attention.window ?? null),
    attentionSoftcap: attention?.softcap ?? null,
    logitSoftcap: model.unembedding.softcap ?? null,
    tiedEmbeddings: model.unembedding.weight === model.embedding.token,
  };
}
