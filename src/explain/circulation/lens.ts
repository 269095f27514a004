/** The lens of blocks that have been passed: of several at once where they follow so fast that nobody has to wait for it. */
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { dot } from '../../inference/rows.ts';
import { readTargets, type TargetReading } from '../../inference/target.ts';
import { stacked } from '../../inference/tensor.ts';
import type { CirculationRequest, CirculationStep, TokenCirculationResult } from './event.ts';

/** Milliseconds that an event is held back at the most, as far as the next block can be foreseen. */
const patience = 25;
/** Rows up to which the unembedding is read in the time of one. */
export const mostTogether = 4;

/** A block that has been passed. */
export interface Passed {
  readonly layer: number;
  /** Milliseconds that it took, and when it was passed. */
  readonly elapsed: number;
  readonly passedAt: number;
  readonly tracked: readonly TokenCirculationResult[];
  /** See `CirculationAuditResult`. */
  readonly deviation: number;
  /** The residual stream and every share at the target's position, [width] each. */
  readonly x: Float32Array;
  readonly shares: readonly Float32Array[];
}

/** Whether the first of these would wait too long for one more block. */
export function isDue(untold: readonly Passed[]): boolean {
  const [first, last] = [untold[0], untold.at(-1)];
  if (!first || !last) return false;
  return untold.length >= mostTogether || last.passedAt + last.elapsed - first.passedAt > patience;
}

/** What the model would say if it ended after each of the blocks. */
export function readLens(
  model: LoadedModel,
  passed: readonly Passed[],
  { target, top }: CirculationRequest,
): Promise<TargetReading[]> {
  const rows = stacked(
    passed.map(({ x }) => x),
    1,
    model.specification.width,
  );
  return readTargets(model, rows, passed.length, { ...target, position: 0 }, top);
}

/** @param reading with the lens */
export function toldOf(
  { layer, elapsed, tracked, shares }: Passed,
  reading: TargetReading | undefined,
): Extract<CirculationStep, { type: 'LAYER' }> {
  if (!reading) return { type: 'LAYER', layer, elapsed, tracked };
  const { target, lens, direction } = reading;
  return {
    type: 'LAYER',
    layer,
    elapsed,
    tracked: tracked.map((token, index) => ({ ...token, logitShare: dot(direction, shares[index] as Float32Array) })),
    lens,
    target: {
      token: target.token,
      logit: target.cappedLogit,
      probability: target.probability,
      rank: target.rank,
    },
  };
}
