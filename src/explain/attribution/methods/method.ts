import type { Gate } from '../../../inference/gate.ts';
import type { BlockGraph, LoadedModel, SingleGraph } from '../../../inference/loaded-model.ts';
import type { AttributionRequest, AttributionResult } from '../result.ts';

/** One way to trace a logit. Each is a file in this folder; formulas: README, "Logit attribution". */
export interface Method {
  /** The sessions that it needs. */
  readonly graphs: readonly (BlockGraph | SingleGraph)[];
  /**
   * One answer for each target, in order; they share the model's own pass.
   * @throws TributaryError CANCELLED between two blocks
   */
  attribute(model: LoadedModel, request: AttributionRequest, gate: Gate): Promise<AttributionResult[]>;
}
