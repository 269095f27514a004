/** Runs that go on from a position where another one stands, so that what they have in common is computed once. */
import type { Gate } from './gate.ts';
import type { LoadedModel } from './loaded-model.ts';
import { floats, floatsOf, integers, type Tensor, type Tensors } from './tensor.ts';

/** What a run leaves to those that go on from it: `key` and `value` of each block, [1, K, position, headWidth]. */
export type Past = readonly Tensors[];

export interface Continuation {
  /** x^0 from the position on, [rows, position, width] */
  readonly x: Tensor;
  /** Of one that has run at least up to the position, and there is the same for every row. */
  readonly past: Past;
  readonly from: number;
  /** Of the whole prompt, however few of its positions are run: some rotations depend on it. */
  readonly length: number;
  /** Positions whose stream after the last block is wanted. */
  readonly asked: readonly number[];
}

/**
 * All blocks for the positions from `from` on.
 * @returns x^L at the positions asked for, [rows, asked, width]
 */
export async function continuedPass(
  model: LoadedModel,
  { x, past, from, length, asked }: Continuation,
  gate: Gate,
): Promise<Tensor> {
  const [, count = 0] = x.dims;
  const positions = model.positions(length, { from, to: from + count });
  const feeds = { asked: integers(asked.map((position) => position - from)) };
  let current = x;
  for (const [layer, block] of model.specification.blocks.entries()) {
    await gate.pass(layer);
    const { key, value } = past[layer] as Tensors;
    const own = { x: current, past_key: before(key as Tensor, from), past_value: before(value as Tensor, from) };
    const { post } = await model.runBlock('continuation', layer, { ...feeds, ...own, ...positions.of(block) }, [
      'post',
    ]);
    current = post as Tensor;
  }
  return current;
}

/** The part of a position before this one. @param heads [1, K, position, headWidth] */
function before(heads: Tensor, position: number): Tensor {
  const [, count = 0, length = 0, width = 0] = heads.dims;
  if (position === length) return heads;
  const values = floatsOf({ heads }, 'heads');
  const kept = new Float32Array(count * position * width);
  for (let head = 0; head < count; head++) {
    const start = head * length * width;
    kept.set(values.subarray(start, start + position * width), head * position * width);
  }
  return floats(kept, 1, count, position, width);
}
