/** Figures of two runs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compare, comparison } from './compare.ts';
import type { Figure } from './figure.ts';
import { resultsOf } from './results.ts';

const figure = (given: Partial<Figure>): Figure => ({
  group: 'passes',
  shape: 'gpt2',
  row: 'plain',
  column: 'T = 64',
  value: 100,
  unit: 'ms',
  ...given,
});

describe('a comparison', () => {
  it('takes what differs by no more than 5 % for the same', () => {
    const verdict = (value: number, unit: Figure['unit'] = 'ms') =>
      compare([figure({ unit })], [figure({ value, unit })])[0]?.verdict;
    assert.deepEqual([verdict(104), verdict(96), verdict(106), verdict(94)], ['same', 'same', 'worse', 'better']);
  });

  it('knows of which figures more is better', () => {
    const [one] = compare([figure({ unit: 'a second' })], [figure({ unit: 'a second', value: 200 })]);
    assert.deepEqual([one?.ratio, one?.verdict], [2, 'better']);
  });

  it('is of figures that both runs have', () => {
    const before = [figure({}), figure({ row: 'traced', value: null }), figure({ row: 'old' })];
    const now = [figure({ column: 'T = 256' }), figure({ row: 'traced' }), figure({ row: 'old', shape: 'llama-1b' })];
    assert.deepEqual(compare(before, now), []);
  });

  it('says what was measured otherwise', () => {
    const before = resultsOf([figure({}), figure({ row: 'gone' })], 1);
    const now = resultsOf([figure({ value: 50 })], 2);
    const lines = comparison(before, now);
    assert.match(lines[0] as string, /1 better, 0 worse by more than 5 %, 0 the same, 1 not measured now\.$/);
    assert.equal(lines[1], 'Not the same threads: 1 then, 2 now.');
    assert.equal(lines.at(-1), '| passes, gpt2: plain, ms | T = 64 | 100 | 50 | 0.50 | better |');
  });
});
