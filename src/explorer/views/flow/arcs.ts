/** Which moves are drawn, and how they run. */
import { tensorValues } from '../../../client/client.ts';
import type { Depth, Followed } from './figures.ts';
import { type Geometry, positionX, rowY } from './geometry.ts';

/** What a block's attention carries of a followed token to a position. */
export interface Carried {
  readonly layer: number;
  /** Which of the followed tokens. */
  readonly index: number;
  /** The token's own position. */
  readonly from: number;
  readonly to: number;
  /** A norm. */
  readonly amount: number;
}

/** What a head contributes to what is explained by moving from one position to another. */
export interface Move {
  readonly layer: number;
  readonly head: number;
  readonly from: { readonly position: number };
  readonly to: { readonly position: number };
  /** The attention that is paid. */
  readonly weight: number;
  /** In the unit of what is explained. */
  readonly score: number;
}

/** Arcs of one block and one token, at most. */
const mostCarried = 6;

/** Of each followed token the fewest arcs that carry 80 % of what the block carries of it to other positions. */
export function carriedBy({ layer, followed }: Depth): readonly Carried[] {
  const chosen = choices.get(followed) ?? choose(layer, followed);
  choices.set(followed, chosen);
  return chosen;
}

/** Once for each block, however often it is drawn. */
const choices = new WeakMap<object, readonly Carried[]>();

function choose(layer: number, followed: readonly Followed[]): Carried[] {
  return followed.flatMap(({ token, throughAttention }, index) => {
    const from = token.position;
    const all = throughAttention
      .map((amount, to) => ({ layer, index, from, to, amount }))
      .filter(({ amount, to }) => amount > 0 && to !== from);
    return strongest(all, ({ amount }) => amount, 0.8, mostCarried);
  });
}

/** The fewest whose magnitudes make up this part of the whole, strongest first; at most `most`. */
export function strongest<Item>(
  items: readonly Item[],
  sizeOf: (item: Item) => number,
  part: number,
  most: number,
): Item[] {
  const sorted = items.toSorted((one, other) => Math.abs(sizeOf(other)) - Math.abs(sizeOf(one)));
  const whole = sorted.reduce((sum, item) => sum + Math.abs(sizeOf(item)), 0);
  const chosen: Item[] = [];
  for (let sum = 0; chosen.length < Math.min(most, sorted.length) && sum < part * whole; ) {
    const next = sorted[chosen.length] as Item;
    sum += Math.abs(sizeOf(next));
    chosen.push(next);
  }
  return chosen;
}

/** What each head carried of the token to a position, the most first. Norms: they do not add up to the block's. */
export function headsCarrying({ heads }: Followed, position: number): { head: number; amount: number }[] {
  const values = decoded(heads);
  const [count = 0, width = 0] = heads.shape;
  return Array.from({ length: count }, (_, head) => ({ head, amount: values[head * width + position] ?? 0 })).sort(
    (one, other) => other.amount - one.amount,
  );
}

const known = new WeakMap<object, Float32Array>();

/** Once each, for they are read at every move of the pointer. */
function decoded(tensor: Followed['heads']): Float32Array {
  const values = known.get(tensor) ?? tensorValues(tensor);
  known.set(tensor, values);
  return values;
}

export interface Ends {
  readonly layer: number;
  readonly from: number;
  readonly to: number;
}

/** From the row below a block to the row above it. */
export function arcPath(geometry: Geometry, { layer, from, to }: Ends): string {
  const [x1, y1, x2, y2, middle] = curve(geometry, { layer, from, to });
  return `M${short(x1)} ${y1}C${short(x1)} ${middle} ${short(x2)} ${middle} ${short(x2)} ${y2}`;
}

/** Distance in pixels from a point in the block's gap to the curve. */
export function distanceTo(geometry: Geometry, ends: Ends, x: number, y: number): number {
  const [x1, y1, x2, y2, middle] = curve(geometry, ends);
  let least = Number.POSITIVE_INFINITY;
  const parts = 24;
  for (let part = 0; part <= parts; part++) {
    const t = part / parts;
    const s = 1 - t;
    const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
    const [atX, atY] = [(a + b) * x1 + (c + d) * x2, a * y1 + (b + c) * middle + d * y2];
    least = Math.min(least, Math.hypot(atX - x, atY - y));
  }
  return least;
}

function curve(geometry: Geometry, { layer, from, to }: Ends): [number, number, number, number, number] {
  const y1 = rowY(geometry, layer);
  const y2 = rowY(geometry, layer + 1) + geometry.cell;
  return [positionX(geometry, from), y1, positionX(geometry, to), y2, (y1 + y2) / 2];
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
