/** The keys of a grid of rows and columns. Row 0 is that of the headings. */

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Rows that a page has. */
const page = 10;

/** Where a key leads to; undefined for other keys, and at the edge. */
export function movedTo(
  { key, ctrlKey, metaKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>,
  { row, column }: Cell,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Cell | undefined {
  const isFar = ctrlKey || metaKey;
  const steps: Readonly<Record<string, Cell>> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    Home: { row: isFar ? 0 : row, column: 0 },
    End: { row: isFar ? rows - 1 : row, column: columns - 1 },
    PageUp: { row: Math.max(0, row - page), column },
    PageDown: { row: Math.min(rows - 1, row + page), column },
  };
  const next = steps[key];
  if (!next || next.row < 0 || next.row >= rows || next.column < 0 || next.column >= columns) return undefined;
  return next;
}
