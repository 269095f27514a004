import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { longestIn, longestSlice, pairsIn, slicesOf } from './span.ts';

const lengths = [1, 2, 31, longestSlice - 1, longestSlice, longestSlice + 1, 1000, 2048, 8191, 8192];

describe('the slices of a prompt', () => {
  it('are one of a short prompt', () => {
    for (const length of [1, longestSlice]) assert.deepEqual(slicesOf(length), [{ from: 0, to: length }]);
  });

  it('follow one another from the first position to the last, as few as can be, as even as can be', () => {
    for (const length of lengths) {
      const slices = slicesOf(length);
      assert.equal(slices.length, Math.ceil(length / longestSlice));
      assert.deepEqual([slices[0]?.from, slices.at(-1)?.to], [0, length]);
      for (const [index, { from }] of slices.entries()) if (index > 0) assert.equal(from, slices[index - 1]?.to);
      const sizes = slices.map(({ from, to }) => to - from);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      assert.equal(longestIn(length), Math.max(...sizes));
    }
  });

  it('compare each position with those up to the end of its slice', () => {
    for (const length of lengths) {
      const end = (position: number) => slicesOf(length).find(({ to }) => position < to)?.to ?? 0;
      const pairs = Array.from({ length }, (_, position) => end(position)).reduce((sum, keys) => sum + keys, 0);
      assert.equal(pairsIn(length), pairs);
    }
    // Of a long prompt little more than half of all pairs.
    assert.ok(pairsIn(16 * longestSlice) < 0.54 * (16 * longestSlice) ** 2);
  });
});
