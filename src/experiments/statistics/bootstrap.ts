/**
 * How sure a difference is: the bias-corrected and accelerated bootstrap interval (BCa) of Efron 1987, *Better Bootstrap
 * Confidence Intervals*, of several samples as in Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, 14.3.
 */
import { at } from '../../inference/rows.ts';
import { normalCumulative, normalQuantile } from './normal.ts';
import { Random, scaleBelow } from './random.ts';
import { differenceOf, isConstant, meanOf, type Resampling, type Samples, singleOf } from './samples.ts';
import { inTurns } from './turns.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Null where a sample has fewer than two numbers: nothing can be said of how they spread. Where they do not, it is a point. */
export async function bootstrapInterval(samples: Samples, resampling: Resampling): Promise<Interval | null> {
  const single = singleOf(samples);
  const parts = single ? [single] : samples.kind === 'TWO' ? [samples.a, samples.b] : [];
  if (parts.some(({ length }) => length < 2)) return null;
  const difference = differenceOf(samples);
  if (parts.every(isConstant)) return { low: difference, high: difference };
  const distribution = await resampledMeans(parts, resampling);
  return bcaInterval(distribution, difference, accelerationOf(parts), resampling.confidence);
}

/** Means of samples that are drawn with replacement, of two their difference. [resamples] */
async function resampledMeans(
  parts: readonly Float64Array[],
  { resamples, seed, signal }: Resampling,
): Promise<Float64Array> {
  const random = Random.of(seed, 'bootstrap');
  const distribution = new Float64Array(resamples);
  for (const [place, values] of parts.entries()) {
    const sign = place === 0 ? 1 : -1;
    const words = new Uint32Array(values.length);
    const draw = (time: number) => {
      random.fill(words);
      distribution[time] = (distribution[time] as number) + sign * meanOfDrawn(values, words);
    };
    await inTurns(resamples, values.length, draw, signal);
  }
  return distribution;
}

/** @param words random ones, as many as values */
function meanOfDrawn(values: Float64Array, words: Uint32Array): number {
  const scale = scaleBelow(values.length);
  let sum = 0;
  for (let place = 0; place < words.length; place++) {
    sum += values[((words[place] as number) * scale) | 0] as number;
  }
  return sum / values.length;
}

/**
 * a of the interval: with U = (n − 1)(mean of the jackknife − jackknife), Σ Σ U³/n³ over 6 (Σ Σ U²/n²)^1.5. Of a mean the
 * jackknife is known without drawing: U is the number less the mean.
 * @param parts of a difference, the second is subtracted
 */
export function accelerationOf(parts: readonly Float64Array[]): number {
  let [cubes, squares] = [0, 0];
  for (const [place, values] of parts.entries()) {
    const [mean, count] = [meanOf(values), values.length];
    for (const value of values) {
      const influence = place === 0 ? value - mean : mean - value;
      cubes += (influence / count) ** 3;
      squares += (influence / count) ** 2;
    }
  }
  return cubes / (6 * squares ** 1.5);
}

/** @param distribution of resamples, in any order @param statistic of the sample itself */
export function bcaInterval(
  distribution: Float64Array,
  statistic: number,
  acceleration: number,
  confidence: number,
): Interval {
  const sorted = distribution.toSorted();
  // A mean of the same numbers in another order is the same.
  const rounding = 1e-12 * Math.max(Math.abs(at(sorted, 0)), Math.abs(at(sorted, sorted.length - 1)));
  let [below, equal] = [0, 0];
  for (const value of sorted) {
    if (value < statistic - rounding) below++;
    else if (value <= statistic + rounding) equal++;
  }
  // A sample beyond all of its resamples is taken for one at their end: its bias would be infinite.
  const last = 0.5 / sorted.length;
  const bias = normalQuantile(Math.min(Math.max((below + equal / 2) / sorted.length, last), 1 - last));
  const percentile = (share: number) => {
    const z = bias + normalQuantile(share);
    const scale = 1 - acceleration * z;
    // So far out the transformation has turned over: the end itself.
    if (scale <= 0) return z > 0 ? 1 : 0;
    return normalCumulative(bias + z / scale);
  };
  const tail = (1 - confidence) / 2;
  return { low: quantile(sorted, percentile(tail)), high: quantile(sorted, percentile(1 - tail)) };
}

/** Between the two numbers nearest to it, as NumPy's; that of `simple-statistics` is one of them or their middle. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = at(sorted, below);
  return low + (place - below) * (at(sorted, Math.min(below + 1, sorted.length - 1)) - low);
}
