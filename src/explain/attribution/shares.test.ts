import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sharesOf } from './shares.ts';

const magnitudes = (shares: readonly (number | null)[]) =>
  shares.reduce<number>((sum, share) => sum + Math.abs(share ?? 0), 0);

describe('shares', () => {
  const scores = fc.float32Array({ minLength: 1, maxLength: 40, noNaN: true, noDefaultInfinity: true });

  it('have magnitudes that sum to 1 and the signs of the scores, whatever is left out', () => {
    fc.assert(
      fc.property(scores, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (values, leftOut) => {
        for (const isLeftOut of [() => false, (position: number) => leftOut[position] === true]) {
          const shares = sharesOf(values, isLeftOut);
          assert.equal(shares.length, values.length);
          const kept = values.filter((_, position) => !isLeftOut(position));
          const some = kept.some((value) => value !== 0);
          assert.ok(Math.abs(magnitudes(shares) - (some ? 1 : 0)) < 1e-12);
          for (const [position, share] of shares.entries()) {
            assert.equal(share === null, isLeftOut(position) || !some);
            if (share !== null) assert.ok(share * (values[position] as number) >= 0);
          }
        }
      }),
    );
  });

  it('are null where there is nothing to share', () => {
    assert.deepEqual(sharesOf(Float32Array.of(0, -0)), [null, null]);
    assert.deepEqual(
      sharesOf(Float32Array.of(3, 0), (position) => position === 0),
      [null, null],
    );
    assert.deepEqual(
      sharesOf(Float32Array.of(9, -3, 1), (position) => position === 0),
      [null, -0.75, 0.25],
    );
  });
});
