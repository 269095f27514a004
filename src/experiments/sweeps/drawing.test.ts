import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeededNumbers, shuffled } from './drawing.ts';

const first = <Value>(values: Iterable<Value>, count: number) => Iterator.from(values).take(count).toArray();

describe('Numbers of a seed', () => {
  it('are below their bound, however large it is', () => {
    const bound = fc.bigInt({ min: 1n, max: 10n ** 60n });
    fc.assert(
      fc.property(bound, fc.nat(), (bound, seed) => {
        const numbers = new SeededNumbers(seed);
        for (let draw = 0; draw < 10; draw++) {
          const number = numbers.below(bound);
          assert.ok(number >= 0n && number < bound);
        }
      }),
    );
  });

  it('are all equally likely', () => {
    const numbers = new SeededNumbers(7);
    const counts = new Array<number>(13).fill(0);
    const draws = 26_000;
    for (let draw = 0; draw < draws; draw++) (counts[Number(numbers.below(13n))] as number)++;
    const expected = draws / 13;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // The 99.9 % quantile of 12 degrees of freedom.
    assert.ok(chiSquare < 32.9, `χ² is ${chiSquare}`);
  });
});

describe('A shuffle', () => {
  it('has each number once', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(), (size, seed) => {
        const numbers = [...shuffled(BigInt(size), seed)].map(Number);
        assert.deepEqual(
          numbers.toSorted((a, b) => a - b),
          Array.from({ length: size }, (_, index) => index),
        );
      }),
    );
  });

  it('is the same one for the same seed, and another one for another', () => {
    assert.deepEqual([...shuffled(100n, 3)], [...shuffled(100n, 3)]);
    assert.notDeepEqual([...shuffled(100n, 3)], [...shuffled(100n, 4)]);
  });

  it('puts each number at each place equally often', () => {
    const size = 6;
    const seeds = 6000;
    const counts = new Array<number>(size * size).fill(0);
    for (let seed = 0; seed < seeds; seed++)
      for (const [place, number] of [...shuffled(BigInt(size), seed)].entries())
        (counts[place * size + Number(number)] as number)++;
    const expected = seeds / size;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // The 99.9 % quantile of (6 − 1)² degrees of freedom.
    assert.ok(chiSquare < 52.6, `χ² is ${chiSquare}`);
  });

  it('is begun on as many as there may be', () => {
    const drawn = first(shuffled(10n ** 30n, 0), 1000);
    assert.equal(new Set(drawn).size, 1000);
    assert.ok(drawn.every((number) => number >= 0n && number < 10n ** 30n));
  });
});
