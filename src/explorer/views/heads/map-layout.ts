/** Which cells of a [to, from] map are drawn, and where: of long prompts a window, and of many cells the strongest of each few. */

/** Row-major [to, from]. */
export interface HeadMap {
  readonly length: number;
  readonly scores: Float32Array;
  /** The attention pattern; absent as long as it is not there. */
  readonly weights?: Float32Array | undefined;
}

/** Rows `to` … `to + span`, columns `from` … `from + span`. */
export interface MapWindow {
  readonly to: number;
  readonly from: number;
  readonly span: number;
}

export interface MapCell {
  /** The strongest one that is drawn in this place. */
  readonly to: number;
  readonly from: number;
  readonly score: number;
  /** Undefined as long as the pattern is not there. */
  readonly weight: number | undefined;
  /** Places in the picture, in cells from its corner. */
  readonly row: number;
  readonly column: number;
}

/** The smallest that can be seen and pointed at. */
const smallest = 4;

/** Positions that one drawn cell stands for, along each axis. */
export function binOf(span: number, side: number): number {
  return Math.max(1, Math.ceil(span / Math.floor(side / smallest)));
}

/** By score, or by weight. A position reads none that comes after it: those cells are not there. */
export function cellsIn(
  { length, scores, weights }: HeadMap,
  window: MapWindow,
  side: number,
  by: 'score' | 'weight',
): MapCell[] {
  const bin = binOf(window.span, side);
  const count = Math.ceil(window.span / bin);
  const found: (MapCell | undefined)[] = Array(count * count).fill(undefined);
  const end = (start: number) => Math.min(length, start + window.span);
  for (let to = window.to; to < end(window.to); to++) {
    for (let from = window.from; from < Math.min(end(window.from), to + 1); from++) {
      const score = scores[to * length + from] ?? 0;
      const weight = weights?.[to * length + from];
      const [row, column] = [Math.floor((to - window.to) / bin), Math.floor((from - window.from) / bin)];
      const there = found[row * count + column];
      const isStronger =
        !there || (by === 'score' ? Math.abs(score) > Math.abs(there.score) : (weight ?? 0) > (there.weight ?? 0));
      if (isStronger) found[row * count + column] = { to, from, score, weight, row, column };
    }
  }
  return found.filter((cell) => cell !== undefined);
}

/** The moves that contribute most, by magnitude, strongest first. */
export function strongestMoves({ length, scores, weights }: HeadMap, count: number): MapCell[] {
  const strongest: MapCell[] = [];
  for (let to = 0; to < length; to++) {
    for (let from = 0; from <= to; from++) {
      const score = scores[to * length + from] ?? 0;
      if (score === 0) continue;
      const weakest = strongest.at(-1);
      if (strongest.length >= count && weakest && Math.abs(score) <= Math.abs(weakest.score)) continue;
      const place = strongest.findIndex((other) => Math.abs(other.score) < Math.abs(score));
      const cell = { to, from, score, weight: weights?.[to * length + from], row: to, column: from };
      strongest.splice(place < 0 ? strongest.length : place, 0, cell);
      if (strongest.length > count) strongest.pop();
    }
  }
  return strongest;
}

export function whole(length: number): MapWindow {
  return { to: 0, from: 0, span: length };
}

/** Prompts up to this length are shown whole at first, of longer ones as much around a cell. */
const readable = 36;

/** Where a look begins: the whole of a short prompt, otherwise what lies around the strongest move. */
export function around({ to, from }: { readonly to: number; readonly from: number }, length: number): MapWindow {
  if (length <= readable) return whole(length);
  const span = readable - 8;
  // What reads is seldom told by what comes after it.
  return { to: within(to - span + 4, span, length), from: within(from - span / 2, span, length), span };
}

/** The fewest positions that it is zoomed in to. */
const closest = 8;

/**
 * Nearer (`factor` > 1) or farther, around a point that stays where it is.
 * @param down @param across of the point, in positions
 */
export function zoomed(
  { to, from, span }: MapWindow,
  factor: number,
  down: number,
  across: number,
  length: number,
): MapWindow {
  const next = Math.max(Math.min(closest, length), Math.min(length, Math.round(span / factor)));
  const start = (first: number, point: number) =>
    within(Math.round(point - ((point - first) * next) / span), next, length);
  return { to: start(to, down), from: start(from, across), span: next };
}

/** Moved by positions, as far as the prompt goes. */
export function panned({ to, from, span }: MapWindow, down: number, across: number, length: number): MapWindow {
  return { to: within(to + down, span, length), from: within(from + across, span, length), span };
}

/** Moved so that a cell is in it, where it is not. */
export function showing(
  window: MapWindow,
  cell: { readonly to: number; readonly from: number },
  length: number,
): MapWindow {
  const start = (first: number, position: number) =>
    within(position < first ? position : Math.max(first, position - window.span + 1), window.span, length);
  return { ...window, to: start(window.to, cell.to), from: start(window.from, cell.from) };
}

function within(start: number, span: number, length: number): number {
  return Math.max(0, Math.min(length - span, start));
}

/** Every how many-eth position has its label. @param least CSS pixels that a label needs */
export function labelStep(cell: number, least: number): number {
  return Math.max(1, Math.ceil(least / cell));
}
