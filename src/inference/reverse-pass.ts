/** All blocks from last to first under one rule set, for one target or a batch of them. */
import type { Block } from '../architecture/specification.ts';
import type { RuleSet } from '../onnx/rules/registry.ts';
import { keepsAll } from '../onnx/skip.ts';
import type { Passed } from './forward-pass.ts';
import type { Gate } from './gate.ts';
import type { LoadedModel } from './loaded-model.ts';
import { type Place, readAtTarget, runReverse } from './slices.ts';
import { floats, type Tensor, type Tensors } from './tensor.ts';

/** Where a row of the batch starts from: a direction in the residual stream after the last block, at one position. */
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
  /** The direct directions there, [batch, places, width]: of a row its starts, in order, and zeros behind them. */
  readonly direct: Tensor;
  /** Of each row and each place (index into what was saved, position). */
  readonly at: readonly (readonly Place[])[];
  /** Outputs of the block's reverse graph. */
  readonly out: Tensors;
}

/**
 * Yields each block as it has been passed; `grad_before` of the last one yielded is the gradient at x^0, `direct_before`
 * the direct directions there, unless they are those from the start. Where no output of them is fetched, and nothing on the
 * way changes them, only the last of each row goes along.
 * Takes what was saved out of `pass`, so that it is freed on the way.
 * @param starts of each row, one or several; where only one row was saved, all of them go back over that one, otherwise each
 * over its own
 * @param outputs of the block's reverse graph to be fetched beside `grad_before`
 */
export async function* reversePass(
  model: LoadedModel,
  rules: RuleSet,
  { saved: all, last, positions }: Passed,
  starts: readonly (readonly Start[])[],
  gate: Gate,
  outputs: (block: Block) => readonly string[] = () => [],
): AsyncGenerator<PassedBack> {
  const [savedRows = 1, length = 0, width = 0] = last.dims;
  const { blocks } = model.specification;
  const rows = starts.length;
  const read = blocks.some((block) => !keepsAll(block) || outputs(block).some((name) => readAtTarget.test(name)));
  const along = starts.map((row) => (read ? row : row.slice(-1)));
  const places = Math.max(...along.map((row) => row.length));
  const directs = new Float32Array(rows * places * width);
  const at = along.map((row, index): Place[] => {
    for (const [place, { direct }] of row.entries()) directs.set(direct, (index * places + place) * width);
    return Array.from({ length: places }, (_, place) => [savedRows === 1 ? 0 : index, row[place]?.position ?? 0]);
  });
  const initial = new Float32Array(rows * length * width);
  for (const [row, own] of starts.entries())
    for (const { grad, position } of own) initial.set(grad, (row * length + position) * width);
  let direct = floats(directs, rows, places, width);
  let grad = floats(initial, rows, length, width);
  let post = last;
  for (let layer = blocks.length - 1; layer >= 0; layer--) {
    const block = blocks[layer] as Block;
    const saved = all.pop() as Tensors;
    const asked = keepsAll(block) ? outputs(block) : ['direct_before', ...outputs(block)];
    const fetched = [...new Set(['grad_before', ...asked])];
    const out = await runReverse({ model, layer, positions, gate }, rules, saved, { grad, direct, at }, fetched);
    yield { layer, block, saved, gradAfter: grad, post, direct, at, out };
    grad = out.grad_before as Tensor;
    direct = out.direct_before ?? direct;
    post = saved.x as Tensor;
  }
}
