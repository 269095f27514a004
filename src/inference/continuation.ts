/** Runs that go on from a position where another one stands, so that what they have in common is computed once. */
import type { Gate } from './gate.ts';
import type { LoadedModel } from './loaded-model.ts';
import { cut, floats, integers, type Tensor, type Tensors } from './tensor.ts';

/** What a run leaves to those that go on from it: `key` and `value` of each block, [1, K, position, headWidth]. */
export type Past = readonly Tensors[];

export interface Continuation {
  /** x^0 from the position on, [rows, position, width] */
  readonly x: Tensor;
  /** Of one that has run at least up to the position, and there is the same as every row; absent for none. */
  readonly past?: Past | undefined;
  readonly from: number;
  /** Of the whole prompt, however few of its positions are run: some rotations depend on it. */
  readonly length: number;
  /** Positions whose stream after the last block is wanted. */
  readonly asked: readonly number[];
}

export interface Continued {
  /** x^L at the positions asked for, [rows, asked, width] */
  readonly last: Tensor;
  /** Empty tensors of a run that has a past itself. */
  readonly past: Past;
}

/** All blocks for the positions from `from` on. */
export async function continuedPass(
  model: LoadedModel,
  { x, past, from, length, asked }: Continuation,
  gate: Gate,
): Promise<Continued> {
  const [, count = 0] = x.dims;
  const positions = model.positions(length, { from, to: from + count });
  const places = integers(asked.map((position) => position - from));
  const kept: Tensors[] = [];
  let last = x;
  for (const [layer, block] of model.specification.blocks.entries()) {
    await gate.pass(layer);
    const { key, value } = past?.[layer] ?? nothingBefore(model);
    const feeds = {
      x: last,
      past_key: cut(key as Tensor, 2, { from: 0, to: from }),
      past_value: cut(value as Tensor, 2, { from: 0, to: from }),
      asked: places,
      ...positions.of(block),
    };
    const outputs = past ? ['post'] : ['post', 'key', 'value'];
    const { post, ...left } = await model.runBlock('continuation', layer, feeds, outputs);
    last = post as Tensor;
    kept.push(left);
  }
  return { last, past: kept };
}

function nothingBefore({ specification: { keyValueHeadCount, headWidth } }: LoadedModel): Tensors {
  const nothing = floats(new Float32Array(), 1, keyValueHeadCount, 0, headWidth);
  return { key: nothing, value: nothing };
}
