/** What is asked of a model's weights alone, and what they answer. */
import type { CompositionKind } from '../../onnx/circuits.ts';

export type { CompositionKind };

export const compositionKinds: readonly CompositionKind[] = ['Q', 'K', 'V'];

export interface CircuitsRequest {
  readonly copying: boolean;
  readonly composition: readonly CompositionKind[];
}

/** What was not asked for is absent. */
export interface CircuitsResult {
  /** [layer, head] */
  readonly copying?: Float32Array;
  /** [from layer, from head, to layer, to head] */
  readonly composition: Readonly<Partial<Record<CompositionKind, Float32Array>>>;
}
