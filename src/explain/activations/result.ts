/** What is asked of a forward pass, and what is told of it. */
import type { PromptTokens } from '../../checkpoint/messages.ts';
import type { HookName } from '../../onnx/hooks.ts';

export type { HookName };

export interface ActivationsRequest extends PromptTokens {
  /** Blocks that are told of, at least one; ascending, each once, as the others. */
  readonly layers: readonly number[];
  /** Query heads; null: all. Keys and values are told of those that belong to them. */
  readonly heads: readonly number[] | null;
  /** Absolute. */
  readonly positions: readonly number[];
  readonly names: readonly HookName[];
  /** What is told of the model's end, behind its last block; absent: nothing. */
  readonly end?: EndRequest | undefined;
}

export interface EndRequest {
  /** The last block of the model. */
  readonly after: number;
  readonly scale: boolean;
  readonly logits: boolean;
}

export interface ActivationTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What the block does not have is absent. */
export interface LayerActivations {
  readonly layer: number;
  readonly tensors: Readonly<Partial<Record<HookName, ActivationTensor>>>;
}

/** Of what was asked for. */
export interface EndActivations {
  /** √(variance + ε) of the final norm, [position]; absent where there is none. */
  readonly scale?: ActivationTensor;
  /** After a softcap. [position, vocabulary] */
  readonly logits?: ActivationTensor;
}

export interface ActivationsResult {
  readonly layers: readonly LayerActivations[];
  readonly end?: EndActivations | undefined;
}
