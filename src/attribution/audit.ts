import type { AuditResult } from './result.ts';

/** float32 products, also of weights that lie in half precision: those are exact in float32. */
export const tolerance = 1e-4;

/**
 * Does it add up? (mathematics: completeness, Σ_s a_s + b = target logit)
 * @param logit what is attributed; @param parts everything that should sum to it.
 */
export function audit(logit: number, parts: Iterable<number>): AuditResult {
  let sum = 0;
  let largest = 0;
  for (const part of parts) {
    sum += part;
    largest = Math.max(largest, Math.abs(part));
  }
  const gap = logit - sum;
  // The largest part counts too: a contrast near zero is the difference of large parts, with their rounding.
  const relativeGap = Math.abs(gap) / Math.max(Math.abs(logit), largest, Number.MIN_VALUE);
  return { logit, sum, gap, relativeGap, tolerance, passed: relativeGap <= tolerance };
}
