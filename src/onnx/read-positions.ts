/**
 * The last block's MLP is computed only where somebody reads its result: the targets' positions. There rows are taken, and
 * what comes of them is placed again among rows of zeros, so that all around it nothing changes its shape.
 */
import type { Graph, Value } from './writer.ts';

export interface ReadPositions {
  /** [read], each position once. */
  readonly read: Value;
  /** For each position its place among those plus 1, 0 for one that is not read: [position] */
  readonly places: Value;
}

/** @param value [rows, position, x] @param at absent: everywhere @returns [rows, read, x] */
export function taken(g: Graph, value: Value, at: ReadPositions | undefined): Value {
  return at === undefined ? value : g.op('Gather', [value, at.read], { axis: 1 });
}

/** @param value [rows, read, x] @returns [rows, position, x] */
export function placed(g: Graph, value: Value, at: ReadPositions | undefined): Value {
  if (at === undefined) return value;
  const withZeros = g.op('Pad', [value, g.integers(0, 1, 0, 0, 0, 0)]);
  return g.op('Gather', [withZeros, at.places], { axis: 1 });
}
