import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TributaryError } from '../../errors.ts';
import { spanGroups } from './spans.ts';
import { sumsOf } from './sums.ts';

const shown = (...[spans, length, border]: Parameters<typeof spanGroups>) =>
  spanGroups(spans, length, border).map(({ from, to, name, rest }) => `${from}-${to} ${rest ? 'rest' : name}`);

describe('groups of tokens by spans', () => {
  it('are the spans in order, and what stands before, between and behind them', () => {
    const spans = [
      { from: 6, to: 7, name: 'b' },
      { from: 2, to: 5, name: 'a' },
      { from: 7, to: 9, name: null },
    ];
    assert.deepEqual(shown(spans, 10), ['0-2 rest', '2-5 a', '5-6 rest', '6-7 b', '7-9 null', '9-10 rest']);
    assert.deepEqual(shown([], 3), ['0-3 rest']);
    assert.deepEqual(shown([{ from: 0, to: 3, name: 'all' }], 3), ['0-3 all']);
  });

  it('have no rest that goes over the border, but spans may', () => {
    assert.deepEqual(shown([], 5, 2), ['0-2 rest', '2-5 rest']);
    assert.deepEqual(shown([{ from: 1, to: 4, name: 'x' }], 5, 2), ['0-1 rest', '1-4 x', '4-5 rest']);
    assert.deepEqual(shown([{ from: 0, to: 1, name: 'x' }], 5, 2), ['0-1 x', '1-2 rest', '2-5 rest']);
  });

  it('are refused where a position is in two, or one ends before it begins', () => {
    const refusal = (spans: Parameters<typeof spanGroups>[0]) => {
      try {
        spanGroups(spans, 10);
      } catch (error) {
        assert.ok(error instanceof TributaryError);
        return [error.code, error.details.field, error.message];
      }
      return [];
    };
    const overlapping = refusal([
      { from: 4, to: 6, name: null },
      { from: 1, to: 5, name: null },
    ]);
    assert.deepEqual(overlapping.slice(0, 2), ['INPUT', 'spans.0']);
    assert.match(String(overlapping[2]), /position 4 is in another span/);
    assert.deepEqual(refusal([{ from: 4, to: 4, name: null }]).slice(0, 2), ['INPUT', 'spans.0']);
  });

  it('have sums that are those of all tokens', () => {
    const scores = fc.float32Array({ minLength: 1, maxLength: 60, noNaN: true, min: -100, max: 100 });
    fc.assert(
      fc.property(scores, fc.array(fc.nat(59)), (values, cuts) => {
        const ends = [...new Set(cuts.filter((cut) => cut < values.length))].sort((a, b) => a - b);
        const spans = ends.slice(1, -1).map((from, index) => ({ from, to: ends[index + 2] as number, name: null }));
        const groups = spanGroups(spans, values.length);
        const sums = sumsOf(groups, values);
        const whole = values.reduce((sum, score) => sum + score, 0);
        assert.ok(Math.abs(sums.reduce((sum, score) => sum + score, 0) - whole) < 1e-10);
        for (const [index, { from, to }] of groups.entries()) {
          const alone = values.slice(from, to).reduce((sum, score) => sum + score, 0);
          assert.equal(sums[index], alone);
        }
      }),
      { seed: 1 },
    );
  });
});
