/** The model's own pass over a prompt, or several of one length, block by block, keeping what a reverse pass needs. */
import type { Gate } from './gate.ts';
import type { BlockGraph, LoadedModel } from './loaded-model.ts';
import type { PositionTensors } from './positions.ts';
import { keptBytes } from './profile.ts';
import { runForward } from './slices.ts';
import { integers, type Tensor, type Tensors } from './tensor.ts';

export interface Embedded {
  /** x^0, [batch, position, width] */
  readonly x: Tensor;
  /** The token's and the position's part of it, where positions are learned; of the latter there is one row for all. */
  readonly token: Tensor | undefined;
  readonly position: Tensor | undefined;
}

export interface Passed {
  /** Per block `x` before it and what of the forward graph was kept. */
  readonly saved: Tensors[];
  /** x^L, [batch, position, width] */
  readonly last: Tensor;
  readonly positions: PositionTensors;
}

export interface ForwardPass extends Embedded, Passed {}

/** Names of a block's forward outputs that are kept; others do not leave onnxruntime. */
export type Keep = (layer: number) => Promise<readonly string[]> | readonly string[];

/** @param from the position of the first of the tokens */
export function embed(model: LoadedModel, inputIds: readonly number[], from = 0): Promise<Embedded> {
  return embedEach(model, [inputIds], from);
}

/** Each a row of the batch. @param prompts of one length @param from as of `embed` */
export async function embedEach(
  model: LoadedModel,
  prompts: readonly (readonly number[])[],
  from = 0,
): Promise<Embedded> {
  const length = prompts[0]?.length ?? 0;
  const offset = from + (model.specification.embedding.position?.offset ?? 0);
  const out = await model.run('embedding', {
    ids: integers(prompts.flat(), prompts.length, length),
    positions: integers(Array.from({ length }, (_, index) => offset + index)),
  });
  return { x: out.x as Tensor, token: out.token_part, position: out.position_part };
}

/** @param keep default: everything @param positions as of `passFrom` */
export async function forwardPass(
  model: LoadedModel,
  inputIds: readonly number[],
  gate: Gate,
  keep?: Keep,
  positions?: PositionTensors,
): Promise<ForwardPass> {
  const embedded = await embed(model, inputIds);
  return { ...embedded, ...(await passFrom(model, embedded.x, gate, keep, positions)) };
}

/**
 * All blocks from x^0 on, for a batch of prompts of one length.
 * @param x [batch, position, width]
 * @param positions those of `x`; where they are not read, x^L is not right and nothing can be taken back from. Absent: a
 * whole prompt, read everywhere
 */
export async function passFrom(
  model: LoadedModel,
  x: Tensor,
  gate: Gate,
  keep?: Keep,
  positions = model.positions(x.dims[1] ?? 0),
): Promise<Passed> {
  const saved: Tensors[] = [];
  let last = x;
  for await (const { before, post } of blocksFrom(model, x, positions, gate, keep)) {
    saved.push(before);
    last = post;
  }
  return { saved, last, positions };
}

/**
 * One block after the other: `before` has `x` and what is kept, `post` is the residual stream after the block.
 * @param past by block, as of `runForward`
 */
export async function* blocksFrom(
  model: LoadedModel,
  x: Tensor,
  positions: PositionTensors,
  gate: Gate,
  keep?: Keep,
  past: readonly Tensors[] = [],
): AsyncGenerator<{ before: Tensors; post: Tensor }> {
  let current = x;
  const kept = keptBytes();
  for (const layer of model.specification.blocks.keys()) {
    const { outputs } = await model.signatureOf('forward', layer);
    const wanted = new Set((await keep?.(layer)) ?? outputs);
    const fetched = outputs.filter((name) => name === 'post' || wanted.has(name));
    const { post, ...rest } = await runForward({ model, layer, positions, gate }, current, fetched, past[layer]);
    if (wanted.size > 0) kept.add({ x: current, ...rest });
    yield { before: { x: current, ...rest }, post: post as Tensor };
    current = post as Tensor;
  }
}

/** Keeps what a graph takes in, and no more. @param others names of outputs that are wanted beside */
export function inputsOf(model: LoadedModel, graph: BlockGraph, others: readonly string[] = []): Keep {
  return async (layer) => [...(await model.signatureOf(graph, layer)).inputs, ...others];
}

export const keepNothing: Keep = () => [];
