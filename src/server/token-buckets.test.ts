import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TokenBuckets } from './token-buckets.ts';

function atHand() {
  let now = 0;
  const buckets = new TokenBuckets(() => now);
  return {
    buckets,
    pass: (seconds: number) => {
      now += seconds;
    },
  };
}

describe('a bucket of tokens', () => {
  it('gives as many as a minute may have at once, then one each time that its part of a minute has passed', () => {
    const { buckets, pass } = atHand();
    assert.deepEqual(
      Array.from({ length: 4 }, () => buckets.take('a', 3)),
      [0, 0, 0, 20],
    );
    pass(19);
    assert.ok(Math.abs(buckets.take('a', 3) - 1) < 1e-9);
    pass(1);
    assert.equal(buckets.take('a', 3), 0);
    assert.equal(buckets.take('a', 3), 20);
  });

  it('says how many are gone, and when all are back', () => {
    const { buckets, pass } = atHand();
    assert.deepEqual(buckets.stateOf('a', 6), { used: 0, resetsIn: 0 });
    buckets.take('a', 6);
    buckets.take('a', 6);
    pass(5);
    assert.deepEqual(buckets.stateOf('a', 6), { used: 2, resetsIn: 15 });
    pass(15);
    assert.deepEqual(buckets.stateOf('a', 6), { used: 0, resetsIn: 0 });
  });

  it('is one of each name, and has what was taken still gone where its size changes', () => {
    const { buckets } = atHand();
    for (let count = 0; count < 2; count++) buckets.take('a', 2);
    assert.equal(buckets.take('b', 2), 0);
    assert.equal(buckets.stateOf('a', 5).used, 2);
    assert.equal(buckets.take('a', 1), 120);
  });

  it('refuses to the second: whoever waits as long as it says has one, and nobody has more than a minute gives', () => {
    const asking = fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), asking, (most, pauses) => {
        const { buckets, pass } = atHand();
        let [now, taken] = [0, 0];
        for (const pause of pauses) {
          pass(pause);
          now += pause;
          const seconds = buckets.take('a', most);
          if (seconds > 0) {
            // Not before.
            pass(seconds * 0.99);
            assert.ok(buckets.take('a', most) > 0);
            pass(seconds * 0.01 + 1e-6);
            now += seconds + 1e-6;
            assert.equal(buckets.take('a', most), 0);
          }
          taken++;
          assert.ok(taken <= most + (now * most) / 60 + 1e-6, `${taken} of ${most} in ${now} s`);
        }
      }),
    );
  });

  it('is forgotten once it is full, however many have asked', () => {
    const { buckets, pass } = atHand();
    for (let index = 0; index < 10_000; index++) {
      buckets.take(`client ${index}`, 60);
      pass(0.1);
    }
    assert.ok(buckets.size < 1100, `${buckets.size} are kept`);
  });
});
