/**
 * What a transformer is made of: pure data, no arithmetic and no weights. A family's declaration turns a checkpoint's
 * configuration into one of these; the graphs are written from nothing else. Tensors are named as in the checkpoint.
 */

/** `in,out`: y = x·W (GPT-2's Conv1D); `out,in`: y = x·Wᵀ (PyTorch's Linear). */
export type LinearLayout = 'in,out' | 'out,in';

/** Which outputs of a fused weight belong to this linear map. */
export type OutputPart =
  | { readonly start: number; readonly length: number }
  /** Outputs ordered [head, part, headWidth]: this one is `part` number `index` of `count`. */
  | { readonly count: number; readonly index: number; readonly width: number };

export interface Linear {
  readonly weight: string;
  readonly bias?: string | undefined;
  readonly layout: LinearLayout;
  readonly part?: OutputPart | undefined;
}

/** LayerNorm(x) = γ ⊙ (x − mean x)·s + β, RMSNorm(x) = γ ⊙ x·s; s = 1/√(variance + ε). */
export interface Norm {
  readonly kind: 'LAYER_NORM' | 'RMS_NORM';
  readonly weight?: string | undefined;
  readonly bias?: string | undefined;
  readonly epsilon: number;
  /** Added to γ: 1 in Gemma. */
  readonly weightOffset?: number | undefined;
}

/** Norm after a part of a block. */
export interface PostNorm extends Norm {
  /**
   * PART (the default): over what the part writes, before it is added to the residual stream, x + N(a). STREAM: over the
   * stream once the part is added to it, N(x + a) (Vaswani et al. 2017). With its scale held, the latter is Λx + (Λa + β)
   * with Λ = s·γ (LayerNorm: less the mean): Λx is kept of the stream, Λa + β is what the part is said to write to it.
   */
  readonly over?: 'PART' | 'STREAM' | undefined;
}

/** Norm of queries or keys; it only shapes the attention pattern. */
export interface QueryKeyNorm {
  readonly kind: Norm['kind'];
  readonly epsilon: number;
  /** Over each head's width, or over all heads together. */
  readonly over: 'HEAD' | 'ALL_HEADS';
  /** One tensor, or one per head. */
  readonly weight: string | readonly string[];
  readonly bias?: string | undefined;
  readonly weightOffset?: number | undefined;
}

export interface Rotary {
  /** How many of the head's first dimensions are rotated. */
  readonly dimensions: number;
  /** `HALF`: pairs (i, i + dimensions/2); `INTERLEAVED`: pairs (2i, 2i + 1). */
  readonly pairs: 'HALF' | 'INTERLEAVED';
  /** Radians per position for each pair, [dimensions / 2], at a prompt of `length` tokens. */
  readonly frequencies: (length: number) => readonly number[];
  /** Factor on cos and sin. */
  readonly magnitude: number;
}

export interface Attention {
  readonly norm?: Norm | undefined;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly queryNorm?: QueryKeyNorm | undefined;
  readonly keyNorm?: QueryKeyNorm | undefined;
  readonly rotary?: Rotary | undefined;
  /** Factor on query·key. */
  readonly scale: number;
  /** cap·tanh(score/cap) on the attention scores. */
  readonly softcap?: number | undefined;
  /** A position attends to itself and the window − 1 positions before it. */
  readonly window?: number | undefined;
  readonly postNorm?: PostNorm | undefined;
}

export type Activation = 'GELU' | 'GELU_TANH' | 'GELU_10' | 'SILU' | 'RELU' | 'RELU2' | 'QUICK_GELU' | 'TANH';

export interface Mlp {
  readonly norm?: Norm | undefined;
  /** W_in, or W_up of a gated MLP. */
  readonly input: Linear;
  /** φ(W_gate y) ⊙ (W_up y) where present. */
  readonly gate?: Linear | undefined;
  readonly output: Linear;
  readonly activation: Activation;
  readonly postNorm?: PostNorm | undefined;
}

export interface Block {
  /** Attention and MLP both read the block's input. */
  readonly parallel: boolean;
  readonly attention: Attention;
  /** Absent in attention-only models. */
  readonly mlp?: Mlp | undefined;
}

/** A linear map between a table of the vocabulary and the residual stream, where the two are not of one width. */
export interface Projection {
  readonly map: Linear;
  /** Of the table. */
  readonly width: number;
}

export interface Embedding {
  readonly token: string;
  readonly projection?: Projection | undefined;
  /** Factor on the token embedding. */
  readonly scale?: number | undefined;
  readonly position?: { readonly weight: string; readonly offset: number } | undefined;
}

export interface Unembedding {
  readonly norm?: Norm | undefined;
  /** W_U, [vocabulary, width], or as wide as the projection before it makes the stream. */
  readonly weight: string;
  readonly projection?: Projection | undefined;
  readonly bias?: string | undefined;
  /** cap·tanh(logit/cap). */
  readonly softcap?: number | undefined;
}

export interface ModelSpecification {
  /** As in the GraphQL enum: GPT2, LLAMA, … */
  readonly architecture: string;
  readonly width: number;
  readonly layerCount: number;
  readonly headCount: number;
  readonly keyValueHeadCount: number;
  readonly headWidth: number;
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly embedding: Embedding;
  /** First to last, `layerCount` of them. */
  readonly blocks: readonly Block[];
  readonly unembedding: Unembedding;
}
