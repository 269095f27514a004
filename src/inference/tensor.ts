/** Tensors as they go into and come out of onnxruntime, with their element types told apart. */
// The class that onnxruntime-node takes and gives, without its binary.
import { Tensor } from 'onnxruntime-common';
import { at, Rows } from './rows.ts';

export type { Tensor };

export type Tensors = Record<string, Tensor>;

/** @param values row-major */
export function floats(values: Float32Array, ...dims: number[]): Tensor {
  return new Tensor('float32', values, dims);
}

/** @param rows each [length, width] @returns [rows, length, width] */
export function stacked(rows: readonly Float32Array[], length: number, width: number): Tensor {
  const values = new Float32Array(rows.length * length * width);
  for (const [index, row] of rows.entries()) values.set(row, index * length * width);
  return floats(values, rows.length, length, width);
}

/** One row of a batch, with a first axis of 1; nothing is copied. A tensor of one row is itself. */
export function rowOf(tensor: Tensor, row: number): Tensor {
  const [rows = 1, ...rest] = tensor.dims;
  if (rows === 1) return tensor;
  const values = floatsOf({ tensor }, 'tensor');
  const size = values.length / rows;
  return floats(values.subarray(row * size, (row + 1) * size), 1, ...rest);
}

export function integers(values: readonly number[], ...dims: number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), dims.length ? dims : [values.length]);
}

/** @throws Error when the tensor is missing or holds something else */
export function floatsOf(tensors: Tensors, name: string): Float32Array {
  const tensor = tensors[name];
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`${name} is no float32 tensor`);
  return tensor.data;
}

/** Of an output of one number, or of the first row. */
export function firstOf(tensors: Tensors, name: string): number {
  return at(floatsOf(tensors, name), 0);
}

/** Along the last axis. */
export function rowsOf(tensor: Tensor): Rows {
  return new Rows(floatsOf({ tensor }, 'tensor'), tensor.dims.at(-1) ?? 0);
}

export function integersOf(tensors: Tensors, name: string): number[] {
  const tensor = tensors[name];
  if (!(tensor?.data instanceof BigInt64Array)) throw new Error(`${name} is no int64 tensor`);
  return Array.from(tensor.data, Number);
}
