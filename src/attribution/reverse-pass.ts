/** All blocks from last to first under one rule set, for one target or a batch of them. */
import type { Block } from '../architecture/specification.ts';
import type { RuleSet } from '../graph/rules/registry.ts';
import type { Passed } from '../model/forward-pass.ts';
import type { Gate } from '../model/gate.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { floats, integers, type Tensor, type Tensors } from '../model/tensor.ts';

/** One direction in the residual stream after the last block for each row of the batch, all at the same position. */
export interface Start {
  /** Gradient of what is attributed, [rows, width]. */
  readonly grad: Float32Array;
  /** The direction of direct contributions, [rows, width]. */
  readonly direct: Float32Array;
  readonly position: number;
}

export interface PassedBack {
  readonly layer: number;
  readonly block: Block;
  /** As the forward pass saved it. */
  readonly saved: Tensors;
  /** Outputs of the block's reverse graph. */
  readonly out: Tensors;
}

/**
 * Yields each block as it has been passed; `grad_before` of the last one yielded is the gradient at x^0.
 * Takes what was saved out of `pass`, so that it is freed on the way.
 * @param outputs of the block's reverse graph to be fetched beside `grad_before`
 */
export async function* reversePass(
  model: LoadedModel,
  rules: RuleSet,
  { saved: all, last, positions }: Passed,
  start: Start,
  gate: Gate,
  outputs: (block: Block) => readonly string[] = () => [],
): AsyncGenerator<PassedBack> {
  const [rows = 1, length = 0, width = 0] = last.dims;
  const { blocks } = model.specification;
  const at = integers(Array.from({ length: rows }, (_, row) => [row, start.position]).flat(), rows, 2);
  const direct = floats(start.direct, rows, 1, width);
  const initial = new Float32Array(rows * length * width);
  for (let row = 0; row < rows; row++) {
    initial.set(start.grad.subarray(row * width, (row + 1) * width), (row * length + start.position) * width);
  }
  let grad = floats(initial, rows, length, width);
  for (let layer = blocks.length - 1; layer >= 0; layer--) {
    gate.pass(layer);
    const block = blocks[layer] as Block;
    const saved = all.pop() as Tensors;
    const feeds = { ...saved, ...positions.of(block), grad, direct, at };
    const fetched = [...new Set(['grad_before', ...outputs(block)])];
    const out = await model.runBlock(`reverse.${rules}`, layer, feeds, fetched);
    grad = out.grad_before as Tensor;
    yield { layer, block, saved, out };
  }
}
