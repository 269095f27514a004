/** How large a difference is beside how much the numbers spread. */
import { deviationOf, meanOf, type Samples, singleOf } from './samples.ts';

/**
 * Of pairs and of one group d_z = mean / standard deviation of the differences (Lakens 2013). Of two groups Hedges' g =
 * J·(mean(a) − mean(b)) / s with s² = ((n_a − 1)s_a² + (n_b − 1)s_b²) / ν, ν = n_a + n_b − 2 and J = 1 − 3 / (4ν − 1)
 * (Hedges 1981). Null where nothing spreads, or a sample has fewer than two numbers.
 */
export function effectSize(samples: Samples): number | null {
  const single = singleOf(samples);
  if (single) return over(meanOf(single), deviationOf(single));
  if (samples.kind !== 'TWO') return null;
  const { a, b } = samples;
  const [spreadOfA, spreadOfB] = [deviationOf(a), deviationOf(b)];
  if (spreadOfA === null || spreadOfB === null) return null;
  const freedom = a.length + b.length - 2;
  const pooled = Math.sqrt(((a.length - 1) * spreadOfA ** 2 + (b.length - 1) * spreadOfB ** 2) / freedom);
  return over((1 - 3 / (4 * freedom - 1)) * (meanOf(a) - meanOf(b)), pooled);
}

function over(difference: number, spread: number | null): number | null {
  return spread === null || spread === 0 ? null : difference / spread;
}
