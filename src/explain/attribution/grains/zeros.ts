import type { TensorResult } from '../result.ts';

/** A tensor among zeros, in a larger one's places from `start` on along every axis; default: the first ones. */
export function withZeros(
  tensor: TensorResult,
  shape: readonly number[],
  start: readonly number[] = shape.map(() => 0),
): TensorResult {
  if (shape.every((size, axis) => size === tensor.shape[axis])) return tensor;
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const width = tensor.shape.at(-1) ?? 1;
  for (let row = 0; row < tensor.values.length; row += width) {
    values.set(tensor.values.subarray(row, row + width), placeOf(row, tensor.shape, shape, start));
  }
  return { shape, values };
}

/** Of a row-major index of one shape, in another from `start` on. */
function placeOf(index: number, from: readonly number[], to: readonly number[], start: readonly number[]): number {
  let [rest, place, stride] = [index, 0, 1];
  for (let axis = from.length - 1; axis >= 0; axis--) {
    const size = from[axis] ?? 1;
    place += ((start[axis] ?? 0) + (rest % size)) * stride;
    rest = Math.floor(rest / size);
    stride *= to[axis] ?? 1;
  }
  return place;
}
