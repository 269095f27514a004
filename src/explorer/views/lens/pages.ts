/** Which positions are asked for together, and which columns are seen. */

/** A prompt that is no longer is read at once. */
const whole = 24;
const pageSize = 16;

/**
 * Pages are counted back from the position that predicts, which ends page 0: it is what is seen first. What comes after
 * it is on pages below 0.
 */
export function pageOf(position: number, target: number, count: number): number {
  return count <= whole ? 0 : Math.floor((target - position) / pageSize);
}

/** Ascending. */
export function positionsOf(page: number, target: number, count: number): number[] {
  const [begin, end] = count <= whole ? [0, count] : [target - (page + 1) * pageSize + 1, target - page * pageSize + 1];
  const first = Math.max(begin, 0);
  return Array.from({ length: Math.max(Math.min(end, count) - first, 0) }, (_, index) => first + index);
}

/** That hold the columns that are seen. */
export function pagesOf({ first, last }: Columns, target: number, count: number): number[] {
  const pages = Array.from({ length: last - first + 1 }, (_, index) => pageOf(first + index, target, count));
  return [...new Set(pages)];
}

export interface Columns {
  /** CSS pixels of each. */
  readonly cell: number;
  /** The first and the last one that are drawn: those that are seen, and one at either side. */
  readonly first: number;
  readonly last: number;
}

const narrowest = 66;
const widest = 130;

/** @param room CSS pixels for all columns that are seen */
export function seenColumns(scrolled: number, room: number, count: number): Columns {
  const cell = Math.min(widest, Math.max(narrowest, Math.floor(room / count)));
  const first = Math.max(0, Math.floor(scrolled / cell) - 1);
  const last = Math.min(count - 1, Math.ceil((scrolled + room) / cell));
  return { cell, first, last };
}

/** How far to scroll so that a column is seen whole; where it is already, as far as before. */
export function scrolledTo(column: number, { cell }: Columns, scrolled: number, room: number): number {
  const [left, right] = [column * cell, (column + 1) * cell];
  if (left < scrolled) return left;
  return right > scrolled + room ? right - room : scrolled;
}
