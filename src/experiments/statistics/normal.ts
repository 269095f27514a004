/** The standard normal distribution, to double precision: `simple-statistics` has it from a table of four digits. */
import { probit } from 'simple-statistics';

/** Beyond it the tail is less than double precision resolves beside 1. */
const farthest = 8.3;

/** Φ(x), by the series of Marsaglia 2004, *Evaluating the Normal Distribution*; within 1e-15 of it. */
export function normalCumulative(x: number): number {
  if (x > farthest) return 1;
  if (x < -farthest) return 0;
  let [sum, term] = [x, x];
  for (let odd = 3; Math.abs(term) > Number.EPSILON * Math.abs(sum) * 1e-2; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + sum * density(x);
}

/** Φ⁻¹(p): the approximation of `simple-statistics`, made exact by Newton's method. Infinite for 0 and 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  let x = probit(p);
  for (let step = 0; step < 8; step++) x -= (normalCumulative(x) - p) / density(x);
  return x;
}

function density(x: number): number {
  return Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
}
