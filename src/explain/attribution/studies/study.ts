import type { Gate } from '../../../inference/gate.ts';
import type { BlockGraph, LoadedModel, SingleGraph } from '../../../inference/loaded-model.ts';
import type { ResolvedTarget } from '../../../inference/target.ts';
import type { AttributionInput, AttributionResult, AttributionSelection, Grain, Grains } from '../result.ts';

export type StudyInput = AttributionInput & { readonly target: ResolvedTarget };

/** What takes passes of its own beside the method's, once its answer is there. Each is a file in this folder. */
export interface Study {
  /** Whether it computes this grain. */
  computes(grain: Grain): boolean;
  /** The sessions that it needs. */
  readonly graphs: readonly (BlockGraph | SingleGraph)[];
  /** Grains of the method's answer that it starts from. */
  readonly needs: AttributionSelection;
  /**
   * @param input the question, its target's token resolved
   * @param selection the grains of this study alone
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
