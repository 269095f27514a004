import { dot } from '../../inference/rows.ts';
import type { TargetReading } from '../../inference/target.ts';
import { audit } from '../attribution/audit.ts';
import type { CirculationAuditResult } from './event.ts';

/** A hundred times what a few hundred positions leave in float32; what a fault leaves is far more. */
export const deviationTolerance = 1e-5;

/**
 * Does it add up, and did every share go through the map by itself? The sum alone cannot tell: the rest is what the shares
 * leave of the residual stream, and takes up whatever they have too much. The map applied to the rest can: a bias that
 * leaks into a share, the scale of another norm, the gate of another position leave a rest that it does not give.
 * @param x, shares the residual stream and each share at the target's position after the last block, [width]
 * @param scores of the shares @param deviations of all blocks
 */
export function circulationAudit(
  { direction, attributed, bias, intercept = 0, magnitude }: TargetReading,
  { x, shares }: { readonly x: Float32Array; readonly shares: readonly Float32Array[] },
  scores: readonly number[],
  deviations: readonly number[],
): CirculationAuditResult {
  const rest = shares.reduce((left, share) => left.map((value, index) => value - (share[index] as number)), x);
  const deviation = Math.max(...deviations);
  const sum = audit(attributed, [...scores, dot(direction, rest), bias, intercept], magnitude);
  return { ...sum, deviation, passed: sum.passed && deviation <= deviationTolerance };
}
