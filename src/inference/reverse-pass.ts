/** All blocks from last to first under one rule set, for one target or a batch of them. */
import type { Block } from '../architecture/specification.ts';
import type { RuleSet } from '../onnx/rules/registry.ts';
import { keepsAll } from '../onnx/skip.ts';
import type { Passed } from './forward-pass.ts';
import type { Gate } from './gate.ts';
import type { LoadedModel } from './loaded-model.ts';
import { runReverse } from './slices.ts';
import { floats, type Tensor, type Tensors } from './tensor.ts';

/** A row of the batch: one direction in the residual stream after the last block, at one position. */
export interface Start {
  /** Gradient of what is attributed, [width]. */
  readonly grad: Float32Array;
  /** The direction of direct contributions, at the top. [width] */
  readonly direct: Float32Array;
  readonly position: number;
}

export interface PassedBack {
  readonly layer: number;
  readonly block: Block;
  /** As the forward pass saved it. */
  readonly saved: Tensors;
  /** Gradient at the stream after the block, [batch, position, width], and that stream. */
  readonly gradAfter: Tensor;
  readonly post: Tensor;
  /** The direct direction there, [batch, 1, width]. */
  readonly direct: Tensor;
  /** Outputs of the block's reverse graph. */
  readonly out: Tensors;
}

/**
 * Yields each block as it has been passed; `grad_before` of the last one yielded is the gradient at x^0, `direct_before`
 * the direct direction there, unless it is the one from the start.
 * Takes what was saved out of `pass`, so that it is freed on the way.
 * @param start of each row; where only one row was saved, all of them go back over that one
 * @param outputs of the block's reverse graph to be fetched beside `grad_before`
 */
export async function* reversePass(
  model: LoadedModel,
  rules: RuleSet,
  { saved: all, last, positions }: Passed,
  start: readonly Start[],
  gate: Gate,
  outputs: (block: Block) => readonly string[] = () => [],
): AsyncGenerator<PassedBack> {
  const [savedRows = 1, length = 0, width = 0] = last.dims;
  const { blocks } = model.specification;
  const rows = start.length;
  const at = start.map(({ position }, row) => [savedRows === 1 ? 0 : row, position] as const);
  const directs = new Float32Array(rows * width);
  const initial = new Float32Array(rows * length * width);
  for (const [row, { grad, direct, position }] of start.entries()) {
    directs.set(direct, row * width);
    initial.set(grad, (row * length + position) * width);
  }
  let direct = floats(directs, rows, 1, width);
  let grad = floats(initial, rows, length, width);
  let post = last;
  for (let layer = blocks.length - 1; layer >= 0; layer--) {
    const block = blocks[layer] as Block;
    const saved = all.pop() as Tensors;
    const asked = keepsAll(block) ? outputs(block) : ['direct_before', ...outputs(block)];
    const fetched = [...new Set(['grad_before', ...asked])];
    const out = await runReverse({ model, layer, positions, gate }, rules, saved, { grad, direct, at }, fetched);
    yield { layer, block, saved, gradAfter: grad, post, direct, out };
    grad = out.grad_before as Tensor;
    direct = out.direct_before ?? direct;
    post = saved.x as Tensor;
  }
}
