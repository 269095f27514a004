import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withZeros } from './zeros.ts';

it('stands in the first places of every axis, among zeros', () => {
  const values = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
  const { shape, values: all } = withZeros({ shape: [2, 2, 2], values }, [2, 3, 4]);
  assert.deepEqual(shape, [2, 3, 4]);
  const head = (a: number, b: number, c: number, d: number) => [a, b, 0, 0, c, d, 0, 0, 0, 0, 0, 0];
  assert.deepEqual(Array.from(all), [...head(1, 2, 3, 4), ...head(5, 6, 7, 8)]);
});

it('stands from other places on where it is told to', () => {
  const values = Float32Array.from([1, 2, 3, 4, 5, 6]);
  const middle = withZeros({ shape: [2, 1, 3], values }, [2, 3, 4], [0, 1, 0]);
  const head = (...row: number[]) => [0, 0, 0, 0, ...row, 0, 0, 0, 0, 0];
  assert.deepEqual(middle, { shape: [2, 3, 4], values: Float32Array.from([...head(1, 2, 3), ...head(4, 5, 6)]) });
  const last = withZeros({ shape: [2, 1], values: values.subarray(0, 2) }, [2, 3], [0, 2]);
  assert.deepEqual(last, { shape: [2, 3], values: Float32Array.from([0, 0, 1, 0, 0, 2]) });
});

it('is itself where it is as large', () => {
  const tensor = { shape: [3], values: Float32Array.from([1, 2, 3]) };
  assert.equal(withZeros(tensor, [3]), tensor);
  const number = { shape: [], values: Float32Array.from([1]) };
  assert.equal(withZeros(number, []), number);
});
