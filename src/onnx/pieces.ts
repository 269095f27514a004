/**
 * Products with a weight as it lies in its file, piece of rows by piece. Where it is converted in every run, a piece is
 * still in the processor's cache when it is multiplied, and the next one takes its memory; converted whole, a weight would
 * take twice what it takes in the file, and a run of 64 tokens up to half as long again.
 */
import { add, matmul, slice } from './algebra.ts';
import type { Graph, Rows, Value } from './writer.ts';

/** A weight's columns that are meant; absent: all. */
export type Columns = Rows | undefined;

/** x·Wᵀ. @param x [..., columns] @returns [..., rows], one piece after the other */
export function timesTransposed(g: Graph, x: Value, weight: string, rows: readonly Rows[], columns?: Columns): Value {
  const parts = rows.map((piece) => matmul(g, x, pieceOf(g, weight, piece, columns), { transposeB: true }));
  return parts.length === 1 ? (parts[0] as Value) : g.op('Concat', parts, { axis: -1 });
}

/**
 * x·Wᵀ of a few rows x, as (W·xᵀ)ᵀ: onnxruntime then goes through W once as it lies there, and up to sixteen rows take little
 * longer than one; the other way round it first rearranges W, which for four rows takes half as long again.
 * @param x [batch, 1, columns] @returns [batch, rows], one piece after the other
 */
export function fewTimesTransposed(g: Graph, x: Value, weight: string, rows: readonly Rows[]): Value {
  const few = g.op('Squeeze', [x, g.integers(1)]);
  const parts = rows.map((piece) => matmul(g, pieceOf(g, weight, piece, undefined), few, { transposeB: true }));
  const product = parts.length === 1 ? (parts[0] as Value) : g.op('Concat', parts, { axis: 0 });
  return g.op('Transpose', [product], { perm: [1, 0] });
}

/** x·W. @param x [..., rows], one piece after the other @returns [..., columns] */
export function times(g: Graph, x: Value, weight: string, rows: readonly Rows[], columns?: Columns): Value {
  let end = 0;
  const parts = rows.map((piece) => {
    const start = end;
    end += piece.length;
    const own = rows.length === 1 ? x : slice(g, x, -1, start, end);
    return matmul(g, own, pieceOf(g, weight, piece, columns));
  });
  return parts.reduce((sum, part) => add(g, sum, part));
}

/** Of some columns only those are converted. @returns float32 [rows, columns] */
function pieceOf(g: Graph, weight: string, rows: Rows, columns: Columns): Value {
  if (columns === undefined) return g.weight(weight, rows);
  const cut = slice(g, g.stored(weight, rows), 1, columns.start, columns.start + columns.length);
  return g.entry(weight).dtype === 'F32' ? cut : g.toFloat(cut);
}
