import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Strongest } from './strongest.ts';

describe('the strongest of many', () => {
  it('are those that sorting everything puts first, of equals the earlier ones', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.nat(8), (strengths, count) => {
        const strongest = new Strongest<number>(count);
        for (const [index, strength] of strengths.entries()) strongest.add(strength, index);
        const sorted = [...strengths.keys()].sort((a, b) => (strengths[b] ?? 0) - (strengths[a] ?? 0) || a - b);
        assert.deepEqual(strongest.list(), sorted.slice(0, count));
      }),
      { seed: 1 },
    );
  });
});
