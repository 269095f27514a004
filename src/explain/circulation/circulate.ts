/** Follows tokens through the blocks while the model's own pass runs, one step a block. */

import { embed } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { at, dot } from '../../inference/rows.ts';
import { readTarget } from '../../inference/target.ts';
import { floats, floatsOf, integers, rowsOf, type Tensor, type Tensors } from '../../inference/tensor.ts';
import { audit } from '../attribution/audit.ts';
import type { CirculationRequest, CirculationStep, TokenCirculationResult } from './event.ts';

/** Raised when the figures of a circulation change: runs of before are then no longer replayed. */
export const circulationVersion = 2;

/** The sessions that a request needs. */
export const circulationGraphs = ['embedding', 'circulation', 'target'] as const;

/**
 * Runs the first `layers` blocks on a stack: the residual stream, the share of each tracked token, and the share of all
 * the rest (other tokens and biases), which makes the audit possible at every depth: the shares sum to the logit.
 * @param onStep is waited for
 * @throws TributaryError CANCELLED between two blocks
 */
export async function circulate(
  model: LoadedModel,
  request: CirculationRequest,
  gate: Gate,
  onStep: (step: CirculationStep) => unknown,
): Promise<void> {
  const { inputIds, track, layers, top } = request;
  await onStep({ type: 'STARTED', tokens: inputIds, layerCount: layers, track });
  const { x } = await embed(model, inputIds);
  const positions = model.positions(inputIds.length);
  const { blocks } = model.specification;
  const rows = { affine: affineRows(track.length), track: integers(track) };
  const moves: Moves[] = track.map(() => ({ written: [], movement: [] }));
  let stack = stackOf(x, track);
  for (let layer = 0; layer < layers; layer++) {
    const block = blocks[layer] as (typeof blocks)[number];
    await gate.pass(layer);
    const started = performance.now();
    const out = await model.runBlock('circulation', layer, { x: stack, ...rows, ...positions.of(block) });
    const elapsed = performance.now() - started;
    stack = out.post as Tensor;
    const { target, direction, lens } = await readTarget(model, stack, request.target, top);
    const tracked = track.map((position, index) =>
      readTracked(out, index, position, logitShare(stack, index + 1, request, direction)),
    );
    for (const [index, { movement, attentionNorm, mlpNorm }] of tracked.entries()) {
      moves[index]?.movement.push(movement);
      moves[index]?.written.push(attentionNorm + mlpNorm);
    }
    const targetLens = {
      token: target.token,
      logit: target.cappedLogit,
      probability: target.probability,
      rank: target.rank,
    };
    await onStep({ type: 'LAYER', layer, elapsed, tracked, lens, target: targetLens });
  }
  const reading = await readTarget(model, stack, request.target);
  const { target, attributed, direction, magnitude, bias, intercept = 0 } = reading;
  const shares = Array.from({ length: track.length + 1 }, (_, index) =>
    logitShare(stack, index + 1, request, direction),
  );
  await onStep({
    type: 'COMPLETED',
    target,
    tracked: track.map((position, index) => ({
      position,
      score: at(shares, index),
      ...directMoves(moves[index] as Moves),
    })),
    audit: audit(attributed, [...shares, bias, intercept], magnitude),
  });
}

/** [residual stream; each tracked token's embedding at its position; all other embeddings]: [rows, position, width] */
function stackOf(x: Tensor, track: readonly number[]): Tensor {
  const [, length = 0, width = 0] = x.dims;
  const residual = floatsOf({ x }, 'x');
  const size = length * width;
  const stack = new Float32Array((track.length + 2) * size);
  stack.set(residual);
  const rest = stack.subarray((track.length + 1) * size);
  rest.set(residual);
  for (const [index, position] of track.entries()) {
    const row = rest.subarray(position * width, (position + 1) * width);
    stack.set(row, (index + 1) * size + position * width);
    row.fill(0);
  }
  return floats(stack, track.length + 2, length, width);
}

/** Biases belong to the residual stream and to the rest, to no tracked token. */
function affineRows(tracked: number): Tensor {
  return floats(
    Float32Array.from({ length: tracked + 2 }, (_, row) => (row === 0 || row === tracked + 1 ? 1 : 0)),
    tracked + 2,
    1,
    1,
  );
}

/** ⟨frozen N_f and W_U direction, c_t⟩ of one row of the stack at the target's position. */
function logitShare(stack: Tensor, row: number, { target }: CirculationRequest, direction: Float32Array): number {
  const [, length = 0] = stack.dims;
  return dot(direction, rowsOf(stack).row(row * length + target.position));
}

function readTracked(out: Tensors, index: number, position: number, share: number): TokenCirculationResult {
  const part = (name: string): Float32Array => {
    const tensor = out[name];
    const values = tensor ? floatsOf(out, name) : new Float32Array();
    const size = values.length / (tensor?.dims[0] ?? 1);
    return values.slice(index * size, (index + 1) * size);
  };
  const norm = part('norm');
  const throughMlp = part('through_mlp');
  return {
    position,
    share: part('share'),
    norm,
    throughAttention: part('through_attention'),
    throughMlp: throughMlp.length > 0 ? throughMlp : new Float32Array(norm.length),
    heads: part('heads'),
    paid: part('paid'),
    received: part('received'),
    logitShare: share,
    movement: at(part('movement'), 0),
    attentionNorm: at(part('attention_norm'), 0),
    mlpNorm: part('mlp_norm')[0] ?? 0,
  };
}

interface Moves {
  /** ‖attn_p‖ + ‖mlp_p‖, per block. */
  readonly written: number[];
  /** ‖x^(l+1)_p − x^l_p‖, per block. */
  readonly movement: number[];
}

/** Arrakis's direct moves: what was written to the token's stream, over its whole movement; block 0 is not counted. */
function directMoves({ written, movement }: Moves): { directMoves: number[]; totalMovement: number } {
  const totalMovement = movement.slice(1).reduce((sum, value) => sum + value, 0);
  return {
    directMoves: written.map((value, layer) => (layer === 0 || totalMovement === 0 ? 0 : value / totalMovement)),
    totalMovement,
  };
}
