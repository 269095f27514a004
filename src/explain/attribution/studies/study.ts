import type { Demand, ModelCost } from '../../../inference/cost.ts';
import type { Gate } from '../../../inference/gate.ts';
import type { BlockGraph, LoadedModel, SingleGraph } from '../../../inference/loaded-model.ts';
import type { ResolvedTarget } from '../../../inference/target.ts';
import type { Part } from '../part.ts';
import type { AttributionInput, AttributionResult, AttributionSelection, Grains } from '../result.ts';

export type StudyInput = AttributionInput & { readonly target: ResolvedTarget };

/** How far a prompt goes, in tokens. */
export interface Reach {
  /** The whole of it. */
  readonly length: number;
  /** Up to the target's position: nothing from there on can change what it predicts. */
  readonly end: number;
  /** At how many positions, the last before the end, it is read: one, but of a span. */
  readonly reads: number;
}

/** What takes passes of its own beside the method's, once its answer is there. Each is a file in this folder. */
export interface Study extends Part {
  /** The sessions that it needs. */
  readonly graphs: readonly (BlockGraph | SingleGraph)[];
  /** Grains of the method's answer that it starts from; absent: none. */
  readonly needs?: AttributionSelection;
  /** What it takes for one target. @param selection its own part of what is asked for */
  demand(model: ModelCost, reach: Reach, selection: AttributionSelection): Demand;
  /**
   * @param input the question, its target's token resolved
   * @param selection its own part of what is asked for
   * @throws TributaryError CANCELLED between two blocks
   */
  run(
    model: LoadedModel,
    input: StudyInput,
    selection: AttributionSelection,
    result: AttributionResult,
    gate: Gate,
  ): Promise<Partial<Grains>>;
}
