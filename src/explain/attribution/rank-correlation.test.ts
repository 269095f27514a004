import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rankCorrelation } from './rank-correlation.ts';

describe("Spearman's ρ", () => {
  it('asks for order alone', () => {
    assert.equal(rankCorrelation([1, 2, 3], [-5, 0, 1e6]), 1);
    assert.equal(rankCorrelation([1, 2, 3], [9, 8, 7]), -1);
  });

  it('gives equal values the mean of their ranks', () => {
    // Ranks from the middle: −1.5 0 0 1.5 and −1.5 −0.5 0.5 1.5.
    assert.equal(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4]), 4.5 / Math.sqrt(4.5 * 5));
    // −1 −1 −1 1.5 1.5 and 1 −1 −1 −1 2.
    assert.equal(rankCorrelation([0, 0, 0, 1, 1], [5, 1, 1, 1, 9]), 2.5 / Math.sqrt(7.5 * 8));
    assert.equal(rankCorrelation([0, -0, 1], [1, 1, 2]), 1);
  });

  it('is undefined where one side has no order', () => {
    assert.equal(rankCorrelation([1, 1, 1], [1, 2, 3]), null);
    assert.equal(rankCorrelation([4], [7]), null);
  });
});
