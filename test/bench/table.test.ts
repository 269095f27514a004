/** Figures as tables. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Figure } from './figure.ts';
import { summary, table } from './table.ts';

const figure = (given: Partial<Figure>): Figure => ({
  group: 'passes',
  shape: 'gpt2',
  row: 'traced / plain',
  column: 'T = 64',
  value: 1.1,
  unit: 'ratio',
  ...given,
});

describe('a table of figures', () => {
  it('has a row and a column for each name, in the order in which they come', () => {
    const figures = [
      figure({ row: 'plain', unit: 'ms', value: 87.4 }),
      figure({}),
      figure({ row: 'plain', unit: 'ms', value: 9.04, column: 'T = 256' }),
    ];
    assert.deepEqual(table(figures), [
      '|  | T = 64 | T = 256 |',
      '| --- | --- | --- |',
      '| plain, ms | 87 | 9.0 |',
      '| traced / plain | 1.10 |  |',
    ]);
  });

  it('says of each goal whether it is met, and where it is not', () => {
    const figures = [
      figure({ goal: 1.2 }),
      figure({ goal: 1.2, column: 'T = 256', value: 1.3 }),
      figure({ row: 'tokens', goal: 2 }),
      figure({ row: 'events', unit: 'a second', goal: 100, value: 99 }),
      figure({ row: 'layers' }),
    ];
    assert.deepEqual(table(figures), [
      '|  | T = 64 | T = 256 | goal |',
      '| --- | --- | --- | --- |',
      '| traced / plain | 1.10 | 1.30 | ≤ 1.20: lost at T = 256 |',
      '| tokens | 1.10 |  | ≤ 2.00: met |',
      '| events, a second | 99 |  | ≥ 100: lost |',
      '| layers | 1.10 |  |  |',
    ]);
  });

  it('says why a figure is missing, and does not take its goal for met', () => {
    const figures = [figure({ value: null, goal: 1.2, note: 'not enough memory' })];
    assert.deepEqual(table(figures), [
      '|  | T = 64 | goal |',
      '| --- | --- | --- |',
      '| traced / plain | – | ≤ 1.20: not measured |',
      '',
      'traced / plain, T = 64: not enough memory',
    ]);
  });

  it('is summed up by the goals that were lost', () => {
    const figures = [
      figure({ goal: 1.2 }),
      figure({ value: 1.3, goal: 1.2, column: 'T = 256' }),
      figure({ value: null, goal: 1 }),
    ];
    assert.deepEqual(summary(figures), [
      'Goals: 1 of 2 met.',
      '- lost: traced / plain (gpt2, T = 256): 1.30, goal ≤ 1.20',
    ]);
    assert.deepEqual(summary([figure({})]), []);
  });
});
