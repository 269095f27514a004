/** Follows tokens through the blocks while the model's own pass runs, one step a block. */

import type { Block } from '../../architecture/specification.ts';
import { embed } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { BlockGraph, LoadedModel, SingleGraph } from '../../inference/loaded-model.ts';
import { dot } from '../../inference/rows.ts';
import { readTarget, type TargetReading } from '../../inference/target.ts';
import { floats, floatsOf, integers, rowsOf, type Tensor } from '../../inference/tensor.ts';
import { isDue, readLens } from '../held-lens.ts';
import { circulationAudit } from './audit.ts';
import type { CirculationRequest, CirculationStep } from './event.ts';
import { tells } from './figures.ts';
import { directMoves } from './moves.ts';
import { type Passed, toldOf } from './passed.ts';
import { audited, firstTracked, placesOf } from './places.ts';
import { readTracked } from './read-tracked.ts';

/** Raised when the figures of a circulation change: runs of before are then no longer replayed. */
export const circulationVersion = 3;

/** The sessions that a request needs. */
export function circulationGraphs({ target }: Pick<CirculationRequest, 'target'>): (BlockGraph | SingleGraph)[] {
  return ['embedding', 'circulation', 'target', ...(target.kind ? (['linearised'] as const) : [])];
}

/**
 * Runs the first `layers` blocks on the residual stream x and the shares c of the tracked tokens. What those leave of it,
 * r = x − Σ c (other tokens and biases), is not carried: at some positions of every block it goes through the frozen map
 * by itself and is compared with what they leave after the block.
 * @param onStep is waited for
 * @throws TributaryError CANCELLED between two blocks
 */
export async function circulate(
  model: LoadedModel,
  request: CirculationRequest,
  gate: Gate,
  onStep: (step: CirculationStep) => unknown,
): Promise<void> {
  const { inputIds, track, layers, target } = request;
  await onStep({ type: 'STARTED', tokens: inputIds, layerCount: layers, track });
  const positions = model.positions(inputIds.length);
  const { blocks } = model.specification;
  const withLens = tells(request, 'LENS');
  const passed: Passed[] = [];
  const untold: Passed[] = [];
  let reading: TargetReading | undefined;
  const tell = async () => {
    const told = untold.splice(0);
    const rows = told.map(({ x }) => x);
    const targets = told.map(() => target);
    const readings = withLens ? await readLens(model, rows, targets, request.top) : [];
    reading = readings.at(-1);
    for (const [index, block] of told.entries()) await onStep(toldOf(block, readings[index]));
  };
  let { x } = await embed(model, inputIds);
  let shares = sharesOf(x, request);
  for (let layer = 0; layer < layers; layer++) {
    if (untold.length > 0 && gate.holds(layer)) await tell();
    await gate.pass(layer);
    const started = performance.now();
    const sampled = audited(request, layer);
    const places = { ...placesOf(model.specification, request, sampled.length), sampled: integers(sampled) };
    const out = await model.runBlock('circulation', layer, {
      x,
      shares,
      ...places,
      ...positions.of(blocks[layer] as Block),
    });
    const elapsed = performance.now() - started;
    x = out.post as Tensor;
    shares = out.shares_after as Tensor;
    const block: Passed = {
      layer,
      elapsed,
      passedAt: performance.now(),
      tracked: readTracked(out, request),
      deviation: Math.max(...floatsOf(out, 'deviation')),
      x: rowsOf(x).row(target.position).slice(),
      shares: sharesAt(shares, request, target.position),
    };
    passed.push(block);
    untold.push(block);
    if (!withLens || layer === layers - 1 || isDue(untold)) await tell();
  }
  const { direction, ...found } = reading ?? (await readTarget(model, x, target));
  const last = passed.at(-1) as Passed;
  const scores = last.shares.map((share) => dot(direction, share));
  await onStep({
    type: 'COMPLETED',
    target: { ...found.target, position: target.position },
    tracked: track.map((position, index) => ({
      position,
      score: scores[index] as number,
      ...directMoves(passed.map(({ tracked }) => tracked[index] as (typeof tracked)[number])),
    })),
    audit: circulationAudit(
      { ...found, direction },
      last,
      scores,
      passed.map(({ deviation }) => deviation),
    ),
  });
}

/** Each tracked token's embedding at its position, zero elsewhere. [tracked, positions from the first tracked one on, width] */
function sharesOf(x: Tensor, request: CirculationRequest): Tensor {
  const { track, inputIds } = request;
  const start = firstTracked(request);
  const rows = rowsOf(x);
  const width = x.dims.at(-1) ?? 0;
  const following = inputIds.length - start;
  const shares = new Float32Array(track.length * following * width);
  for (const [index, position] of track.entries())
    shares.set(rows.row(position), (index * following + position - start) * width);
  return floats(shares, track.length, following, width);
}

/** Every share at one position, [width] each; zero before the first tracked one. */
function sharesAt(shares: Tensor, request: CirculationRequest, position: number): Float32Array[] {
  const [tracked = 0, following = 0, width = 0] = shares.dims;
  const place = position - firstTracked(request);
  return Array.from({ length: tracked }, (_, index) =>
    place < 0
      ? new Float32Array(width)
      : rowsOf(shares)
          .row(index * following + place)
          .slice(),
  );
}
