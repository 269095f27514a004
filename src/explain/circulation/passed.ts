/** A block that a circulation has passed, and what is told of it. */
import { dot } from '../../inference/rows.ts';
import type { TargetReading } from '../../inference/target.ts';
import { lensToken, type Timed } from '../held-lens.ts';
import type { CirculationStep, TokenCirculationResult } from './event.ts';

export interface Passed extends Timed {
  readonly layer: number;
  readonly tracked: readonly TokenCirculationResult[];
  /** See `CirculationAuditResult`. */
  readonly deviation: number;
  /** The residual stream and every share at the target's position, [width] each. */
  readonly x: Float32Array;
  readonly shares: readonly Float32Array[];
}

/** @param reading with the lens */
export function toldOf(
  { layer, elapsed, tracked, shares }: Passed,
  reading: TargetReading | undefined,
): Extract<CirculationStep, { type: 'LAYER' }> {
  if (!reading) return { type: 'LAYER', layer, elapsed, tracked };
  const { lens, direction } = reading;
  return {
    type: 'LAYER',
    layer,
    elapsed,
    tracked: tracked.map((token, index) => ({ ...token, logitShare: dot(direction, shares[index] as Float32Array) })),
    lens,
    target: lensToken(reading),
  };
}
