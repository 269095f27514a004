/** A grain that is read off the reverse pass on its way. Each is a file in this folder, listed in `registry.ts`. */
import type { Block } from '../../../architecture/specification.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import type { Tensor, Tensors } from '../../../inference/tensor.ts';
import type { AttributionSelection, Grains } from '../result.ts';

/** One block that a reverse pass has passed, for one target. */
export interface BlockPassed {
  readonly layer: number;
  readonly block: Block;
  /** What the forward pass saved and what the reverse graph gave, by name, and `direct` and `at` as it was given them. */
  readonly tensors: Tensors;
  /** Gradient at the residual stream after the block, and that stream: [1, position, width]. */
  readonly gradAfter: Tensor;
  readonly post: Tensor;
  /** The target's. */
  readonly position: number;
}

export interface GrainReader {
  /** Outputs of the block's forward graph that it reads. */
  saved(block: Block): readonly string[];
  /** Outputs of the block's reverse graph that it reads. */
  reversed(block: Block): readonly string[];
  /** Called for each block, from the last to the first. */
  read(passed: BlockPassed): Promise<void>;
  result(): Partial<Grains>;
}

/** @returns undefined when nothing of it is selected */
export type Grain = (model: LoadedModel, selection: AttributionSelection) => GrainReader | undefined;
