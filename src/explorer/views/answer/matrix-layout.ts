/** Which cells of an answer's matrix are drawn, and where: a row for each of its tokens, a column for each token before it. */
import { binOf } from '../heads/map-layout.ts';
import type { Scores } from './figures.ts';

/** Lengths in CSS pixels. */
export interface MatrixLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  /** Of one drawn cell. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Columns, and rows, that one drawn cell stands for. */
  readonly across: number;
  readonly down: number;
  /** Of all. */
  readonly columns: number;
  readonly rows: number;
}

/** Widest and highest that a cell need be: a figure stands in it. */
const [widest, highest] = [44, 22];
/** Of the cells; a little less where the prompt is as long as the page is wide. */
const mostHeight = 560;
const [right, bottom] = [20, 20];

/** @param rows of the answer, so far @param columns of prompt and answer before its last token */
export function matrixLayout(width: number, rows: number, columns: number): MatrixLayout {
  const [left, top] = width < 420 ? [76, 70] : [96, 74];
  const room = Math.max(80, width - left - right);
  const [across, down] = [binOf(columns, room), binOf(rows, mostHeight)];
  const cellWidth = Math.min(widest, room / Math.ceil(columns / across));
  const cellHeight = Math.min(highest, mostHeight / Math.ceil(rows / down));
  return {
    width: left + cellWidth * Math.ceil(columns / across) + right,
    height: top + cellHeight * Math.ceil(rows / down) + bottom,
    left,
    top,
    cellWidth,
    cellHeight,
    across,
    down,
    columns,
    rows,
  };
}

/** The strongest of those that are drawn in one place. */
export interface MatrixCell {
  /** In the answer. */
  readonly row: number;
  /** A position in prompt and answer together. */
  readonly column: number;
  readonly score: number;
}

/** By their places in the picture: `row column`, in drawn cells. */
export function matrixCells(
  rows: readonly (Scores | undefined)[],
  { across, down }: Pick<MatrixLayout, 'across' | 'down'>,
): Map<string, MatrixCell> {
  const found = new Map<string, MatrixCell>();
  for (const [row, told] of rows.entries())
    for (const [column, score] of told?.scores.entries() ?? []) {
      const key = placeOf(row, column, { across, down });
      const there = found.get(key);
      if (!there || Math.abs(score) > Math.abs(there.score)) found.set(key, { row, column, score });
    }
  return found;
}

export function placeOf(row: number, column: number, { across, down }: Pick<MatrixLayout, 'across' | 'down'>): string {
  return `${Math.floor(row / down)} ${Math.floor(column / across)}`;
}
