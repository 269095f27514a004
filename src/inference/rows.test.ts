import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accumulate, at, dot, Rows } from './rows.ts';
import { firstOf, floats, rowsOf } from './tensor.ts';

const values = Float32Array.of(1, 2, 3, 4, 5, 6);

describe('at', () => {
  it('reads an element, and 0 and NaN as they are', () => {
    assert.deepEqual(
      [0, 1, 2].map((index) => at([7, 0, Number.NaN], index)),
      [7, 0, Number.NaN],
    );
  });

  it('throws outside and between elements', () => {
    for (const index of [-1, 6, 0.5, Number.NaN]) assert.throws(() => at(values, index), RangeError);
  });
});

describe('Rows', () => {
  it('reads row-major values row by row', () => {
    const rows = new Rows(values, 3);
    assert.deepEqual(rows.row(1), Float32Array.of(4, 5, 6));
    assert.deepEqual([...rows], [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)]);
  });

  it('copies nothing', () => {
    const own = values.slice();
    const row = new Rows(own, 2).row(2);
    own[5] = 9;
    assert.deepEqual(row, Float32Array.of(5, 9));
  });

  it('throws outside, and where the last row is not whole', () => {
    for (const index of [-1, 2, 0.5, Number.NaN]) assert.throws(() => new Rows(values, 3).row(index), RangeError);
    assert.throws(() => [...new Rows(values, 4)], RangeError);
  });

  it('goes along the last axis of a tensor', () => {
    assert.deepEqual(rowsOf(floats(values, 1, 3, 2)).row(1), Float32Array.of(3, 4));
  });
});

describe('firstOf', () => {
  it('is the one number of an output', () => {
    assert.equal(firstOf({ bias: floats(Float32Array.of(0.5)) }, 'bias'), 0.5);
  });

  it('throws where there is none', () => {
    assert.throws(() => firstOf({ bias: floats(new Float32Array(), 0) }, 'bias'), RangeError);
  });
});

describe('dot', () => {
  it('multiplies and sums in double precision', () => {
    assert.equal(dot(Float32Array.of(2 ** 24, 1), Float32Array.of(1, 1)), 2 ** 24 + 1);
    assert.equal(dot(Float64Array.of(1, 2, 3), Float64Array.of(4, -5, 6)), 12);
  });

  it('throws when one is longer', () => {
    assert.throws(() => dot(values, values.subarray(1)), RangeError);
    assert.throws(() => dot(values.subarray(1), values), RangeError);
  });
});

describe('accumulate', () => {
  it('adds to a total in place', () => {
    const total = Float64Array.of(10, 20);
    accumulate(total, Float32Array.of(1, 2));
    assert.deepEqual(total, Float64Array.of(11, 22));
    accumulate(total, Float32Array.of(1, 2), 3, 4);
    assert.deepEqual(total, Float64Array.of(11.75, 23.5));
  });

  it('throws when one is longer', () => {
    const total = values.slice();
    assert.throws(() => accumulate(total, values.subarray(1)), RangeError);
    assert.deepEqual(total, values);
  });
});
