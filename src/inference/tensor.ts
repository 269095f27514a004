/** Tensors as they go into and come out of onnxruntime, with their element types told apart. */
// The class that onnxruntime-node takes and gives, without its binary.
import { Tensor } from 'onnxruntime-common';
import { at, Rows } from './rows.ts';
import type { Span } from './span.ts';

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
  return tensor.dims[0] === 1 ? tensor : rowsIn(tensor, { from: row, to: row + 1 });
}

/** Some rows of a batch; nothing is copied. */
export function rowsIn(tensor: Tensor, { from, to }: Span): Tensor {
  const [rows = 1, ...rest] = tensor.dims;
  if (from === 0 && to === rows) return tensor;
  const values = floatsOf({ tensor }, 'tensor');
  const size = values.length / rows;
  return floats(values.subarray(from * size, to * size), to - from, ...rest);
}

/** What lies in a span along an axis; nothing is copied where that is all of it. */
export function cut(tensor: Tensor, axis: number, { from, to }: Span): Tensor {
  const size = tensor.dims[axis] ?? 0;
  if (from === 0 && to === size) return tensor;
  const inner = sizeOf(tensor.dims.slice(axis + 1));
  const outer = sizeOf(tensor.dims.slice(0, axis));
  const values = floatsOf({ tensor }, 'tensor');
  const part = new Float32Array(outer * (to - from) * inner);
  for (let index = 0; index < outer; index++) {
    const start = index * size * inner;
    part.set(values.subarray(start + from * inner, start + to * inner), index * (to - from) * inner);
  }
  return floats(part, ...tensor.dims.with(axis, to - from));
}

/** One after the other along an axis; their other dimensions are the same. */
export function concatenated(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new Error('There is nothing to concatenate');
  if (tensors.length === 1) return first;
  const outer = sizeOf(first.dims.slice(0, axis));
  const sizes = tensors.map(({ dims }) => sizeOf(dims.slice(axis)));
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const values = new Float32Array(outer * whole);
  let before = 0;
  for (const [place, tensor] of tensors.entries()) {
    for (const [index, row] of [...new Rows(floatsOf({ tensor }, 'tensor'), at(sizes, place))].entries())
      values.set(row, index * whole + before);
    before += at(sizes, place);
  }
  const along = tensors.reduce((sum, { dims }) => sum + (dims[axis] ?? 0), 0);
  return floats(values, ...first.dims.with(axis, along));
}

function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
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
