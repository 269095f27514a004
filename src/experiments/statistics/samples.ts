/** What is compared: numbers of one group, of two, or of pairs. */
import { mean, sampleStandardDeviation } from 'simple-statistics';

export type Samples =
  /** Against zero. */
  | { readonly kind: 'ONE'; readonly a: Float64Array }
  | { readonly kind: 'TWO'; readonly a: Float64Array; readonly b: Float64Array }
  /** Each of `a` with the one of `b` at its place. */
  | { readonly kind: 'PAIRED'; readonly a: Float64Array; readonly b: Float64Array };

/** How resampling is done. */
export interface Resampling {
  readonly resamples: number;
  /** Of the interval, between 0 and 1. */
  readonly confidence: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** What the difference is a mean of: the differences of pairs, or one group's numbers; null of two groups. */
export function singleOf(samples: Samples): Float64Array | null {
  switch (samples.kind) {
    case 'ONE':
      return samples.a;
    case 'PAIRED':
      return samples.a.map((value, index) => value - (samples.b[index] as number));
    case 'TWO':
      return null;
  }
}

/** mean(a) − mean(b), of pairs the mean of their differences, of one group its mean. @param samples none of them empty */
export function differenceOf(samples: Samples): number {
  const single = singleOf(samples);
  if (single) return meanOf(single);
  return samples.kind === 'TWO' ? meanOf(samples.a) - meanOf(samples.b) : 0;
}

export function meanOf(values: Float64Array): number {
  return mean(listed(values));
}

/** With n − 1, and 0 of numbers that are all the same, whatever rounding makes of their mean; null of fewer than two. */
export function deviationOf(values: Float64Array): number | null {
  if (values.length < 2) return null;
  return isConstant(values) ? 0 : sampleStandardDeviation(listed(values));
}

export function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}

/** As the types of `simple-statistics` want them; it only reads them. */
function listed(values: Float64Array): number[] {
  return values as unknown as number[];
}
