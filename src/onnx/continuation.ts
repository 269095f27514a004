/**
 * Runs that go on where another one stands, or they themselves: of the positions before theirs only keys and values are
 * left. In a causal model those depend on nothing that comes later, so they are what each run would compute itself.
 */
import type { Graph, Value } from './writer.ts';

export interface Continuation {
  /** Rotated and normed, as they enter the scores; one for all rows, or for each its own. [1 or rows, K, past, headWidth] */
  readonly pastKey: Value;
  /** [1 or rows, K, past, headWidth] */
  readonly pastValue: Value;
}

/**
 * Keys and values of earlier positions as they lie in a cache with room for more, of which the mask says what is there. They
 * are read where they lie: nothing puts them together with the own ones.
 */
export interface Cached {
  /** Rotated and normed. [1, K, room, headWidth] */
  readonly key: Value;
  /** [1, K, room, headWidth] */
  readonly value: Value;
}

/** Keys or values with those of the past before them, in every row. @param own [rows, K, position, headWidth] */
export function withPast(g: Graph, past: Value | undefined, own: Value): Value {
  if (past === undefined) return own;
  const rows = g.op('Shape', [own], { start: 0, end: 1 });
  const each = g.op('Expand', [past, g.op('Concat', [rows, g.integers(1, 1, 1)], { axis: 0 })]);
  return g.op('Concat', [each, own], { axis: 2 });
}
