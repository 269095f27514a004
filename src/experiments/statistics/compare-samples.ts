/** All that is said of one comparison. */
import { bootstrapInterval, type Interval } from './bootstrap.ts';
import { effectSize } from './effect-size.ts';
import { type PermutationResult, permutationTest } from './permutation.ts';
import { differenceOf, type Resampling, type Samples } from './samples.ts';

export interface SampleComparison extends PermutationResult {
  readonly difference: number;
  readonly interval: Interval | null;
  readonly effectSize: number | null;
}

/** @param samples none of them empty */
export async function compareSamples(samples: Samples, resampling: Resampling): Promise<SampleComparison> {
  return {
    difference: differenceOf(samples),
    interval: await bootstrapInterval(samples, resampling),
    ...(await permutationTest(samples, resampling)),
    effectSize: effectSize(samples),
  };
}

/** Numbers that are drawn for it at the most. */
export function drawnFor(samples: Samples, { resamples }: Pick<Resampling, 'resamples'>): number {
  const count = samples.a.length + (samples.kind === 'TWO' ? samples.b.length : 0);
  return 2 * count * resamples;
}
