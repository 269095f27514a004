/** A grain is read off the reverse pass on its way. Each is a file in this folder, listed in `registry.ts`. */
import type { Block, ModelSpecification } from '../../../architecture/specification.ts';
import type { Cost, ModelCost } from '../../../inference/cost.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import type { Span } from '../../../inference/span.ts';
import type { Tensor, Tensors } from '../../../inference/tensor.ts';
import type { Part } from '../part.ts';
import type { AttributionSelection, Grains } from '../result.ts';
import type { LayerResult } from './layer-result.ts';

/** One block that a reverse pass has passed, for one target. */
export interface BlockPassed {
  readonly layer: number;
  readonly block: Block;
  /**
   * What the forward pass saved and what the reverse graph gave, by name, and `direct` and `at` as it was given them, each
   * with as many places as there are positions of the target's.
   */
  readonly tensors: Tensors;
  /** Gradient at the residual stream after the block, and that stream: [1, position, width]. */
  readonly gradAfter: Tensor;
  readonly post: Tensor;
  /** The target's: one, or of a span as many as it has tokens. */
  readonly positions: Span;
}

/** What is read of a block that can be told at once, one target's. */
export interface BlockFigures {
  readonly layers?: LayerResult;
}

export interface GrainReader {
  /** Outputs of the block's reverse graph that it reads. */
  reversed(block: Block): readonly string[];
  /** Called for each block, from the last to the first. */
  read(passed: BlockPassed): Promise<BlockFigures | undefined>;
  /** @param length of the prompt; what was read ends at the latest target, and is zero from there on */
  result(length: number): Partial<Grains>;
}

export interface Grain extends Part {
  /** Outputs of the block's forward graph that it reads. */
  saved(block: Block): readonly string[];
  /** What reading it for one target takes, less what another grain of the selection reads too and counts. */
  cost(model: ModelCost, length: number, selection: AttributionSelection): Cost;
  /** Bytes that reading it of one block takes; absent: few. */
  work?(model: ModelCost, length: number): number;
  /** Numbers of what one answer has of it under a key; absent: few. */
  size?(key: string, model: ModelSpecification, length: number): number;
  /** @param selection what is asked for; some of it is of this grain */
  reader(model: LoadedModel, selection: AttributionSelection): GrainReader;
}

/** A grain is there with every method that goes back through the blocks. */
export const throughBlocks: Part['exists'] = (_key, method) => method.throughBlocks;
