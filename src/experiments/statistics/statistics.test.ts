/** What is said of samples, against SciPy. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { accelerationOf, bcaInterval, bootstrapInterval } from './bootstrap.ts';
import { compareSamples } from './compare-samples.ts';
import { effectSize } from './effect-size.ts';
import { holm } from './holm.ts';
import { normalCumulative, normalQuantile } from './normal.ts';
import { permutationTest } from './permutation.ts';
import { Random } from './random.ts';
import { differenceOf, type Samples, singleOf } from './samples.ts';

interface Case {
  readonly kind: Samples['kind'];
  readonly a: readonly number[];
  readonly b: readonly number[] | null;
  readonly distribution: readonly number[];
  readonly interval: readonly [low: number, high: number];
  readonly intervalOfMany: readonly [low: number, high: number];
  readonly exact: boolean;
  readonly pValue: number;
  readonly tTest: number;
  readonly effectSize: number;
}

const reference = JSON.parse(
  readFileSync(new URL('../../../test/reference/resampling.json', import.meta.url), 'utf8'),
) as {
  readonly confidence: number;
  readonly samples: readonly Case[];
  readonly cumulative: readonly (readonly [x: number, p: number])[];
  readonly quantiles: readonly (readonly [p: number, x: number])[];
  readonly xoshiro: {
    readonly state: readonly [number, number, number, number];
    readonly words: readonly number[];
  };
};
const { confidence } = reference;

function samplesOf({ kind, a, b }: Pick<Case, 'kind' | 'a' | 'b'>): Samples {
  const first = Float64Array.from(a);
  return kind === 'ONE' ? { kind, a: first } : { kind, a: first, b: Float64Array.from(b ?? []) };
}

function near(actual: number, expected: number, tolerance: number, what = ''): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} is ${actual}, not ${expected} to ${tolerance}`);
}

describe('samples', () => {
  for (const one of reference.samples) {
    const samples = samplesOf(one);
    const sizes = `${one.kind} of ${one.a.length}${one.kind === 'TWO' ? ` and ${one.b?.length}` : ''}`;

    it(`have of given resamples the interval that SciPy has: ${sizes}`, () => {
      const single = singleOf(samples);
      const parts = single ? [single] : samples.kind === 'TWO' ? [samples.a, samples.b] : [];
      const distribution = Float64Array.from(one.distribution);
      const { low, high } = bcaInterval(distribution, differenceOf(samples), accelerationOf(parts), confidence);
      near(low, one.interval[0], 1e-10, 'the lower end');
      near(high, one.interval[1], 1e-10, 'the upper end');
    });

    it(`have an interval that is SciPy's within what drawing leaves open: ${sizes}`, async () => {
      const interval = await bootstrapInterval(samples, { resamples: 100_000, confidence, seed: 3 });
      // Of 100,000 resamples a quantile at 2.5 % is known to a hundredth of a standard error, and so is the bias that moves it.
      const [low, high] = one.intervalOfMany;
      const tolerance = 0.05 * ((high - low) / 3.92);
      near(interval?.low ?? Number.NaN, low, tolerance, 'the lower end');
      near(interval?.high ?? Number.NaN, high, tolerance, 'the upper end');
    });

    it(`have SciPy's p-value: ${sizes}`, async () => {
      const { pValue, exact } = await permutationTest(samples, { resamples: 20_000, confidence, seed: 5 });
      assert.equal(exact, one.exact);
      const { pValue: expected } = one;
      const error = Math.sqrt((expected * (1 - expected)) / 20_000);
      near(pValue, expected, one.exact ? 1e-12 : 4 * error + 2 / 20_000, 'the p-value');
      // Another test of the same question, for orientation.
      near(pValue, one.tTest, 0.1, 'that of a t-test');
    });

    it(`have the effect size that follows from SciPy's t: ${sizes}`, () => {
      near(effectSize(samples) ?? Number.NaN, one.effectSize, 1e-12);
    });
  }

  const two = (a: readonly number[], b: readonly number[]) => samplesOf({ kind: 'TWO', a, b });
  const pairedSamples = (a: readonly number[], b: readonly number[]) => samplesOf({ kind: 'PAIRED', a, b });
  const few = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 5 });
  const usual = { resamples: 1000, confidence, seed: 0 };

  it('that are the same differ by nothing, and nothing is found', async () => {
    const same = await compareSamples(pairedSamples([1, 2, 0.1], [1, 2, 0.1]), usual);
    const nothing = { difference: 0, interval: { low: 0, high: 0 }, pValue: 1, exact: true, effectSize: null };
    assert.deepEqual(same, nothing);
    const constant = await compareSamples(two([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]), usual);
    assert.deepEqual(constant, nothing);
  });

  it('of one number have no interval and no effect size, and chance alone explains them', async () => {
    const one = await compareSamples(samplesOf({ kind: 'ONE', a: [3], b: null }), usual);
    assert.deepEqual(one, { difference: 3, interval: null, pValue: 1, exact: true, effectSize: null });
    const three = await compareSamples(two([4], [1, 2]), usual);
    assert.equal(three.interval, null);
    // Of three ways to choose the one, its own is the farthest.
    near(three.pValue, 1 / 3, 1e-12);
  });

  it('are never beyond chance altogether where not all permutations are looked at', async () => {
    const far = Array.from({ length: 40 }, (_, index) => 100 + index);
    const { pValue, exact } = await permutationTest(samplesOf({ kind: 'ONE', a: far, b: null }), usual);
    assert.equal(exact, false);
    near(pValue, 1 / 1001, 1e-15);
  });

  it('are answered the same by the same seed, and otherwise by another', async () => {
    const samples = samplesOf(reference.samples[3] as Case);
    const answer = await compareSamples(samples, usual);
    assert.deepEqual(await compareSamples(samples, usual), answer);
    const other = await compareSamples(samples, { ...usual, seed: 1 });
    assert.notDeepEqual(other.interval, answer.interval);
    assert.equal(other.difference, answer.difference);
  });

  it('have an interval whose ends are finite, however skewed they are', async () => {
    for (const a of [
      [0, 1e9],
      [0, 0, 0, 0, 1],
      [1, 1, 1, 1, 1, 1, 1, 1e6],
      [-5, 5],
    ]) {
      const samples = samplesOf({ kind: 'ONE', a, b: null });
      const { low, high } = (await bootstrapInterval(samples, { ...usual, confidence: 0.999 })) ?? assert.fail();
      assert.ok(Number.isFinite(low) && Number.isFinite(high) && low <= high, `${low} to ${high}`);
      assert.ok(low >= Math.min(...a) && high <= Math.max(...a));
    }
  });

  it('have an interval within their resamples also where the correction turns over, and beyond all of them', () => {
    const distribution = Float64Array.of(1, 2, 3);
    assert.equal(bcaInterval(distribution, 2, 0.5, 0.999).high, 3);
    assert.equal(bcaInterval(distribution, 2, -0.5, 0.999).low, 1);
    for (const statistic of [0, 5]) {
      const { low, high } = bcaInterval(distribution, statistic, 0, confidence);
      assert.ok(low >= 1 && high <= 3 && low <= high, `${low} to ${high}`);
    }
  });

  it('have the p-value of the same numbers in another unit, though their sums are rounded', () =>
    fc.assert(
      fc.asyncProperty(few, few, async (a, b) => {
        const p = async (unit: number) => {
          const [first, second] = [a, b].map((values) => values.map((value) => value * unit));
          return (await permutationTest(two(first ?? [], second ?? []), usual)).pValue;
        };
        assert.equal(await p(0.1), await p(1));
      }),
    ));

  it('let others have their turn while they are drawn, and are left when nobody waits', async () => {
    const samples = samplesOf({ kind: 'ONE', a: Array.from({ length: 1000 }, (_, index) => index - 499), b: null });
    let turns = 0;
    const ticking = setInterval(() => turns++, 0);
    await compareSamples(samples, { ...usual, resamples: 20_000 }).finally(() => clearInterval(ticking));
    assert.ok(turns > 5, `${turns} turns`);
    const left = new AbortController();
    const compared = compareSamples(samples, { ...usual, resamples: 100_000, signal: left.signal });
    left.abort(new Error('gone'));
    await assert.rejects(compared, /gone/);
  });
});

describe('p-values of several comparisons', () => {
  it("are adjusted by Holm's steps", () => {
    // 4 · 0.005; 3 · 0.01; 2 · 0.03; 0.04, which is not less than the one before it.
    assert.deepEqual(
      holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(12))),
      [0.03, 0.06, 0.06, 0.02],
    );
    assert.deepEqual(holm([0.5, 0.9]), [1, 1]);
    assert.deepEqual(holm([0.2]), [0.2]);
    assert.deepEqual(holm([]), []);
  });
});

describe('the normal distribution', () => {
  it("is SciPy's", () => {
    for (const [x, p] of reference.cumulative) near(normalCumulative(x), p, 1e-15, `Φ(${x})`);
    for (const [p, x] of reference.quantiles) near(normalQuantile(p), x, 1e-9, `Φ⁻¹(${p})`);
    assert.deepEqual([normalCumulative(-40), normalCumulative(40)], [0, 1]);
    assert.deepEqual([normalQuantile(0), normalQuantile(1)], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

describe('random numbers', () => {
  it('are those of xoshiro128**, however many are drawn at once', () => {
    const { state, words } = reference.xoshiro;
    const random = new Random(state);
    const drawn = [7, 1, 42].flatMap((count) => {
      const some = new Uint32Array(count);
      random.fill(some);
      return [...some];
    });
    assert.deepEqual(drawn, words);
  });

  it('are others for another seed and another purpose', () => {
    const first = (seed: number, purpose: string) => {
      const word = new Uint32Array(1);
      Random.of(seed, purpose).fill(word);
      return word[0];
    };
    assert.equal(first(1, 'a'), first(1, 'a'));
    assert.equal(new Set([first(1, 'a'), first(2, 'a'), first(1, 'b')]).size, 3);
  });
});
