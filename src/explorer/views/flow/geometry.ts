/** Where things stand in the picture: layers upwards, positions to the right. Lengths are CSS pixels. */

export interface Geometry {
  readonly width: number;
  readonly height: number;
  /** The columns stand from here … */
  readonly left: number;
  /** … to here; what is further is reached by scrolling. */
  readonly right: number;
  readonly top: number;
  /** From one row to the next. */
  readonly pitch: number;
  /** Height of a cell; the rest of the pitch is for what moves into it. */
  readonly cell: number;
  /** Width of a position, of which several may share a column. */
  readonly step: number;
  /** Positions a column. */
  readonly run: number;
  readonly positions: number;
  /** Rows: the embedding, and one a block. */
  readonly rows: number;
  /** How far it is scrolled. */
  readonly offset: number;
  /** How the tokens stand under their columns. */
  readonly labels: 'level' | 'slanted';
  /** Height of their band. */
  readonly labelHeight: number;
  /** Is there room for what each block writes? */
  readonly hasWrites: boolean;
  readonly lensWidth: number;
}

export interface Sizes {
  readonly width: number;
  readonly positions: number;
  readonly layerCount: number;
  /** From 1, where all positions are seen at once. */
  readonly zoom: number;
  readonly offset: number;
  /** Characters of the longest token. */
  readonly longest: number;
}

/** A cell that is narrower cannot be seen or pointed at. */
const narrowest = 7;
/** Beyond this there is nothing more to see. */
const widest = 64;
export const labelSize = 12;
/** Width of a character of that size, in a font of fixed width. */
export const character = labelSize * 0.602;
const writesWidth = 46;
export const longestLabel = 10;

export function geometryOf({ width, positions, layerCount, zoom, offset, longest }: Sizes): Geometry {
  const isNarrow = width < 520;
  const hasWrites = !isNarrow;
  const left = isNarrow ? 40 : 52;
  const lensWidth = isNarrow ? 98 : 118;
  const right = width - lensWidth - (hasWrites ? writesWidth : 0);
  const whole = Math.max(40, right - left);
  const fit = Math.min(widest, whole / positions);
  const step = Math.min(Math.max(fit, widest), fit * zoom);
  const run = Math.max(1, Math.ceil(narrowest / step));
  const rows = layerCount + 1;
  const room = Math.min(680, 470 + 8 * Math.max(0, rows - 6));
  const pitch = Math.max(9, Math.min(isNarrow ? 64 : 78, Math.floor(room / rows)));
  const cell = pitch >= 64 ? 28 : pitch >= 46 ? 24 : Math.max(4, Math.round(pitch * 0.5));
  const isLevel = run === 1 && step >= Math.min(longest, longestLabel) * character + 5;
  const labelHeight = isLevel ? 24 : Math.ceil(Math.min(longest, longestLabel) * character * 0.82) + 16;
  const top = 24;
  return {
    width,
    height: top + rows * pitch - (pitch - cell) + labelHeight,
    left,
    right,
    top,
    pitch,
    cell,
    step,
    run,
    positions,
    rows,
    offset: Math.min(offset, Math.max(0, positions * step - whole)),
    labels: isLevel ? 'level' : 'slanted',
    labelHeight,
    hasWrites,
    lensWidth,
  };
}

/** Width of all columns together. */
export function extent({ positions, step }: Geometry): number {
  return positions * step;
}

/** The largest zoom that changes anything. */
export function largestZoom({ left, right, positions }: Geometry): number {
  return Math.max(1, widest / ((right - left) / positions));
}

/** The middle of a position. */
export function positionX({ left, step, offset }: Geometry, position: number): number {
  return left + (position + 0.5) * step - offset;
}

/** The top of a row's cells; row 0 is the embedding, row n stands after block n − 1. */
export function rowY({ top, rows, pitch }: Geometry, row: number): number {
  return top + (rows - 1 - row) * pitch;
}

export interface Column {
  /** Its positions: from the first up to, but without, the end. */
  readonly first: number;
  readonly end: number;
  readonly x: number;
  readonly width: number;
}

/** Those that can be seen. */
export function visibleColumns(geometry: Geometry): Column[] {
  const { left, right, step, run, positions, offset } = geometry;
  const start = Math.floor(offset / (step * run));
  const columns: Column[] = [];
  for (let first = start * run; first < positions; first += run) {
    const x = left + first * step - offset;
    if (x >= right) break;
    const end = Math.min(positions, first + run);
    columns.push({ first, end, x, width: (end - first) * step });
  }
  return columns;
}

export interface Place {
  /** Row of the cell, or of the cell above, in the gap under it. */
  readonly row: number;
  readonly position: number | undefined;
  readonly isGap: boolean;
}

/** What stands there: a cell, the gap under it, or beside the columns a row. */
export function placeAt(geometry: Geometry, x: number, y: number): Place | undefined {
  const { left, right, top, pitch, cell, step, run, positions, rows, offset, height, labelHeight } = geometry;
  if (y < top) return undefined;
  const place = Math.floor((x - left + offset) / step);
  const isInside = x >= left && x < right && place >= 0 && place < positions;
  const position = isInside ? Math.floor(place / run) * run : undefined;
  if (y >= height - labelHeight) return isInside ? { row: 0, position, isGap: false } : undefined;
  const fromTop = (y - top) / pitch;
  const row = rows - 1 - Math.floor(fromTop);
  return { row, position, isGap: (y - top) % pitch >= cell };
}
