import type { TensorResult } from '../result.ts';

/** A tensor among zeros, in a larger one's first places along every axis. */
export function withZeros(tensor: TensorResult, shape: readonly number[]): TensorResult {
  if (shape.every((size, axis) => size === tensor.shape[axis])) return tensor;
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const width = tensor.shape.at(-1) ?? 1;
  for (let start = 0; start < tensor.values.length; start += width) {
    values.set(tensor.values.subarray(start, start + width), placeOf(start, tensor.shape, shape));
  }
  return { shape, values };
}

/** Of a row-major index of one shape, in another. */
function placeOf(index: number, from: readonly number[], to: readonly number[]): number {
  let [rest, place, stride] = [index, 0, 1];
  for (let axis = from.length - 1; axis >= 0; axis--) {
    const size = from[axis] ?? 1;
    place += (rest % size) * stride;
    rest = Math.floor(rest / size);
    stride *= to[axis] ?? 1;
  }
  return place;
}
