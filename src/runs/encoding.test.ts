import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decode, encode } from './encoding.ts';

describe('stored values', () => {
  it('come back bit for bit, float arrays with every kind of number in them', () => {
    const floats = fc.float32Array();
    const value = fc.record(
      {
        name: fc.string(),
        numbers: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
        first: floats,
        list: fc.array(fc.record({ floats }, { noNullPrototype: true })),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(value, (given) => {
        // JSON has no negative zero.
        const numbers = given.numbers.map((number) => number + 0);
        assert.deepEqual(decode(encode({ ...given, numbers })), { ...given, numbers });
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('come back from bytes at any offset, as drivers hand them out', () => {
    const { payload, arrays } = encode({ floats: Float32Array.of(1, 2.5, -3) });
    const padded = new Uint8Array(arrays.length + 3);
    padded.set(arrays, 3);
    assert.deepEqual(decode({ payload, arrays: padded.subarray(3) }), { floats: Float32Array.of(1, 2.5, -3) });
  });

  it('are refused when they hold a number that JSON cannot', () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => encode({ number }), RangeError);
  });
});
