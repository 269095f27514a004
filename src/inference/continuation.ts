/** Runs that go on from a position where another one stands, so that what they have in common is computed once. */
import type { Gate } from './gate.ts';
import type { LoadedModel } from './loaded-model.ts';
import { cut, type Tensor, type Tensors } from './tensor.ts';

/** What a run leaves to those that go on from it: `key` and `value` of each block, [1, K, position, headWidth]. */
export type Past = readonly Tensors[];

export interface Continuation {
  /** x^0 from the position on, [rows, position, width] */
  readonly x: Tensor;
  /** Of one that has run at least up to the position, and there is the same as every row. */
  readonly past: Past;
  readonly from: number;
  /** Of the whole prompt, however few of its positions are run: some rotations depend on it. */
  readonly length: number;
  /** Positions at which the stream after the last block is read. */
  readonly read: readonly number[];
}

/**
 * All blocks for the positions from `from` on.
 * @returns x^L, [rows, position, width]; where it is not read, it is not right
 */
export async function continuedPass(
  model: LoadedModel,
  { x, past, from, length, read }: Continuation,
  gate: Gate,
): Promise<Tensor> {
  const positions = model.positions(length, { from, to: from + (x.dims[1] ?? 0) }, read);
  const before = (heads: Tensor | undefined) => cut(heads as Tensor, 2, { from: 0, to: from });
  let last = x;
  for (const [layer, block] of model.specification.blocks.entries()) {
    await gate.pass(layer);
    const { key, value } = past[layer] as Tensors;
    const feeds = { x: last, past_key: before(key), past_value: before(value), ...positions.of(block) };
    last = (await model.runBlock('forward', layer, feeds, ['post'])).post as Tensor;
  }
  return last;
}
