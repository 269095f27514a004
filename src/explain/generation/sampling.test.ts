import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { assertClose } from '../../../test/support/close.ts';
import type { Sampling } from './event.ts';
import { distributionOf, readingOf, sample } from './sampling.ts';

interface Case extends Omit<Sampling, 'seed'> {
  readonly logits: readonly number[];
  readonly kept: readonly number[];
  /** Of `kept`. */
  readonly probabilities: readonly number[];
}

/** Of transformers, by test/reference/sampling.py. */
const cases: readonly Case[] = readFileSync(new URL('../../../test/reference/sampling.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

const plain: Sampling = { temperature: 1, topK: null, topP: 1, seed: 0 };

/** How often each token is drawn by the seeds from 0 on. */
function drawn(logits: readonly number[], sampling: Partial<Sampling>, seeds = 500): Map<number, number> {
  const distribution = { logits: Float32Array.from(logits) };
  const counts = new Map<number, number>();
  for (let seed = 0; seed < seeds; seed++) {
    const token = sample(distribution, { ...plain, ...sampling, seed }, 0);
    counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  return counts;
}

const tokensOf = (counts: Map<number, number>) => [...counts.keys()].sort((a, b) => a - b);

describe('a token that is drawn', () => {
  it('is one that transformers keeps, as often as it says', () => {
    assert.ok(cases.length > 70);
    for (const { logits, kept, probabilities, ...sampling } of cases) {
      const seeds = 2000;
      const counts = drawn(logits, sampling, seeds);
      const what = JSON.stringify(sampling);
      assert.deepEqual(
        tokensOf(counts).filter((token) => !kept.includes(token)),
        [],
        `${what} draws what is not kept`,
      );
      for (const [place, token] of kept.entries()) {
        const probability = probabilities[place] as number;
        // Five standard deviations, and one draw for what is as good as never drawn.
        const tolerance = 5 * Math.sqrt(seeds * probability * (1 - probability)) + 1;
        const difference = Math.abs((counts.get(token) ?? 0) - seeds * probability);
        assert.ok(difference <= tolerance, `${what}: ${token} is ${difference} draws off, of ${tolerance} allowed`);
      }
    }
  });

  it('is the same one for the same seed, and another one for another seed or another place', () => {
    const distribution = { logits: new Float32Array(1000) };
    const answer = (seed: number) =>
      Array.from({ length: 20 }, (_, index) => sample(distribution, { ...plain, seed }, index));
    assert.deepEqual(answer(7), answer(7));
    assert.notDeepEqual(answer(7), answer(8));
    assert.ok(new Set(answer(7)).size > 10, 'each place draws by itself');
  });

  it('is one of so many, where more are equally likely: those with the lowest ids', () => {
    const logits = [1, 3, 2, 2, 2, 0];
    assert.deepEqual(tokensOf(drawn(logits, { topK: 1 })), [1]);
    assert.deepEqual(tokensOf(drawn(logits, { topK: 3 })), [1, 2, 3]);
    assert.deepEqual(tokensOf(drawn([5, 5, 5, 5], { topK: 2 })), [0, 1]);
    assert.deepEqual(tokensOf(drawn([5, 5, 5, 5], { topP: 0.5 })), [0, 1]);
    assert.deepEqual(tokensOf(drawn([5, 5, 5, 5], { topP: 0.51 })), [0, 1, 2]);
    assert.deepEqual(tokensOf(drawn([5, 5, 5, 5], { topP: 1e-300 })), [0]);
  });

  it('is any, where as many as there are or more may be drawn', () => {
    for (const topK of [3, 4, 2 ** 31 - 1]) assert.deepEqual(tokensOf(drawn([1, 1, 1], { topK })), [0, 1, 2]);
  });

  it('is the likeliest where the temperature is so low that quotients overflow', () => {
    for (const temperature of [1e-3, 1e-39, 1e-300, Number.MIN_VALUE])
      for (const options of [{}, { topK: 2 }, { topP: 0.9 }])
        for (const logits of [
          [-700, 30, 31, 2],
          [1e38, -1e38, 3e38],
          [-5, -4.5],
        ])
          assert.deepEqual(
            tokensOf(drawn(logits, { temperature, ...options }, 50)),
            [logits.indexOf(Math.max(...logits))],
            `${temperature} of ${logits}`,
          );
    assert.deepEqual(tokensOf(drawn([2, 1, 2], { temperature: Number.MIN_VALUE })), [0, 2]);
  });

  it('is one of two that are nearly equal, in a vocabulary of which no other has any weight', () => {
    const logits = Array<number>(50_000).fill(-800);
    logits[123] = 0;
    logits[49_999] = -1e-3;
    for (const options of [{}, { topK: 100 }, { topP: 0.9999 }])
      assert.deepEqual(tokensOf(drawn(logits, options, 60)), [123, 49_999]);
  });
});

describe('the figures of a distribution', () => {
  it('are those that a vocabulary of equals has', () => {
    const { total, entropy } = distributionOf(new Float32Array(50_000).fill(-900));
    assertClose([total, entropy], [Math.log(50_000) - 900, Math.log(50_000)], 1e-9, 'log Σ exp, entropy');
  });

  it('are exact where one token is nearly sure', () => {
    const logits = Float32Array.of(30, 0, 0);
    const distribution = distributionOf(logits);
    const odds = Math.exp(-30);
    const p = 1 / (1 + 2 * odds);
    assertClose([distribution.entropy], [-Math.log(p) * p + 2 * odds * p * (30 - Math.log(p))], 1e-15, 'entropy');
    assert.deepEqual(readingOf(distribution, 0), {
      token: 0,
      logit: 30,
      probability: Math.exp(30 - distribution.total),
      rank: 1,
    });
  });

  it('count as better only what is better', () => {
    const distribution = distributionOf(Float32Array.of(1, 4, 4, 2));
    assert.deepEqual(
      [0, 1, 2, 3].map((token) => readingOf(distribution, token).rank),
      [4, 1, 1, 3],
    );
    assertClose(
      [readingOf(distribution, 1).probability],
      [1 / (2 + Math.exp(-3) + Math.exp(-2))],
      1e-15,
      'probability',
    );
  });
});
