import type { AuditResult } from './result.ts';

/** float32 products, also of weights that lie in half precision: those are exact in float32. */
export const tolerance = 1e-4;

/** So 6e-6 of the magnitude pass as rounding: a hundred times that of one float32, and far less than a fault leaves. */
const share = 1 / 16;

/**
 * Does it add up? (mathematics: completeness, Σ_s a_s + b = target logit)
 * @param logit what is attributed @param parts everything that should sum to it
 * @param magnitude what `logit` is a sum of, without signs; see `TargetReading`
 */
export function audit(logit: number, parts: Iterable<number>, magnitude: number): AuditResult {
  let sum = 0;
  let largest = 0;
  for (const part of parts) {
    sum += part;
    largest = Math.max(largest, Math.abs(part));
  }
  const gap = logit - sum;
  // A contrast near zero is the difference of large parts, with their rounding. And where every part is near zero, as that
  // of a single token can be, each is itself a sum of products that cancel.
  const scale = Math.max(Math.abs(logit), largest, share * magnitude, Number.MIN_VALUE);
  const relativeGap = Math.abs(gap) / scale;
  return { logit, sum, gap, relativeGap, tolerance, passed: relativeGap <= tolerance };
}
