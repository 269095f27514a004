/** The few tensor operations that every part of a block is written with. */
import type { Graph, Value } from './writer.ts';

export const add = (g: Graph, a: Value, b: Value): Value => g.op('Add', [a, b]);
export const subtract = (g: Graph, a: Value, b: Value): Value => g.op('Sub', [a, b]);
export const multiply = (g: Graph, a: Value, b: Value): Value => g.op('Mul', [a, b]);

/** Sum of those that are there; undefined when none is. */
export function sumOf(g: Graph, ...values: (Value | undefined)[]): Value | undefined {
  return values.reduce(
    (sum, value) => (sum === undefined || value === undefined ? (sum ?? value) : add(g, sum, value)),
    undefined,
  );
}

/** Sum over the given axes, which disappear unless `keep`. */
export function sum(g: Graph, value: Value, axes: readonly number[], keep = false): Value {
  return g.op('ReduceSum', [value, g.integers(...axes)], { keepdims: keep ? 1 : 0 });
}

/** Mean over the last axis, which stays with size 1. */
export function mean(g: Graph, value: Value): Value {
  return g.op('ReduceMean', [value, g.integers(-1)], { keepdims: 1 });
}

/** ⟨a, b⟩ over the given axes. */
export function dot(g: Graph, a: Value, b: Value, axes: readonly number[]): Value {
  return sum(g, multiply(g, a, b), axes);
}

/** cap·tanh(x/cap), and NaN where x is not finite, which the cap would hide. */
export function softcapped(g: Graph, x: Value, cap: number): Value {
  const capped = multiply(g, g.op('Tanh', [multiply(g, x, g.float(1 / cap))]), g.float(cap));
  return add(g, capped, multiply(g, x, g.float(0)));
}

/** Euclidean norm over the last axis, which disappears. */
export function length(g: Graph, value: Value): Value {
  return g.op('ReduceL2', [value, g.integers(-1)], { keepdims: 0 });
}

/** a·b with either side transposed in its last two axes; no transposed copy is made. */
export function matmul(
  g: Graph,
  a: Value,
  b: Value,
  {
    transposeA = false,
    transposeB = false,
    alpha = 1,
  }: { transposeA?: boolean; transposeB?: boolean; alpha?: number } = {},
): Value {
  return g.op('FusedMatMul', [a, b], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha });
}

/**
 * Rows apart from those behind them that rode along in the same product, along axis 1 or, of heads, along axis 2.
 * @param riding as many of them along its axis 1
 */
export function withoutRiding(g: Graph, rows: Value, axis: number, riding: Value): { own: Value; riding: Value } {
  const start = g.op('Neg', [g.op('Shape', [riding], { start: 1, end: 2 })]);
  const part = (from: Value, to: Value) => g.op('Slice', [rows, from, to, g.integers(axis)]);
  return { own: part(g.integers(0), start), riding: part(start, g.integers(Number.MAX_SAFE_INTEGER)) };
}

/** 0 keeps a dimension, −1 is what remains. */
export function reshape(g: Graph, value: Value, ...shape: number[]): Value {
  return g.op('Reshape', [value, g.integers(...shape)]);
}

export function slice(g: Graph, value: Value, axis: number, start: number, end: number): Value {
  return g.op('Slice', [value, g.integers(start), g.integers(end), g.integers(axis)]);
}
