/** What is asked of the logit lens, and what it says. */
import type { PromptTokens } from '../../checkpoint/messages.ts';
import type { LensTokenResult } from '../../inference/target.ts';

export interface LensRequest extends PromptTokens {
  /** Absolute, at least one; ascending, each once, as the layers. */
  readonly positions: readonly number[];
  /** Blocks whose depths are read. */
  readonly layers: readonly number[];
  /** Which depths: before the first block, after each block's attention, after each block. */
  readonly embedding: boolean;
  readonly afterAttention: boolean;
  readonly afterBlock: boolean;
  /** Ids within the vocabulary whose figures are wanted, each once. */
  readonly tokens: readonly number[];
  /** How many of the likeliest tokens are wanted. */
  readonly top: number;
  readonly entropy: boolean;
}

/** Of one depth and position. Logits are those after a softcap. */
export interface LensReading {
  /** Likeliest first. */
  readonly top: readonly LensTokenResult[];
  /** In the order of the request. */
  readonly tokens: readonly LensTokenResult[];
  /** In nats; where it was asked for. */
  readonly entropy?: number | undefined;
}

/** Readings by position; null where the block has no such depth, absent where it was not asked for. */
export interface LayerLens {
  readonly layer: number;
  readonly afterAttention?: readonly LensReading[] | null;
  readonly afterBlock?: readonly LensReading[];
}

export interface LensResult {
  readonly embedding?: readonly LensReading[];
  readonly layers: readonly LayerLens[];
}
