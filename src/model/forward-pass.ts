/** The model's own pass over a prompt, block by block, keeping what a reverse pass needs. */
import type { Gate } from './gate.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { PositionTensors } from './positions.ts';
import { integers, type Tensor, type Tensors } from './tensor.ts';

export interface Embedded {
  /** x^0, [1, position, width] */
  readonly x: Tensor;
  /** The token's and the position's part of it, where positions are learned. */
  readonly token: Tensor | undefined;
  readonly position: Tensor | undefined;
}

export interface ForwardPass extends Embedded {
  /** Per block `x` before it and everything the forward graph saves. */
  readonly saved: Tensors[];
  /** x^L, [1, position, width] */
  readonly last: Tensor;
  readonly positions: PositionTensors;
}

export async function embed(model: LoadedModel, inputIds: readonly number[]): Promise<Embedded> {
  const length = inputIds.length;
  const out = await model.run('embedding', {
    ids: integers(inputIds, 1, length),
    positions: integers(
      Array.from(inputIds, (_, position) => position + (model.specification.embedding.position?.offset ?? 0)),
    ),
  });
  return { x: out.x as Tensor, token: out.token_part, position: out.position_part };
}

export async function forwardPass(model: LoadedModel, inputIds: readonly number[], gate: Gate): Promise<ForwardPass> {
  const embedded = await embed(model, inputIds);
  const positions = model.positions(inputIds.length);
  const saved: Tensors[] = [];
  let x = embedded.x;
  for (const [layer, block] of model.specification.blocks.entries()) {
    gate.pass(layer);
    const { post, ...kept } = await model.runBlock('forward', layer, { x, ...positions.of(block) });
    saved.push({ x, ...kept });
    x = post as Tensor;
  }
  return { ...embedded, saved, last: x, positions };
}
