/**
 * Runs that go on where another one stands: of the positions before theirs only keys and values are left, the same for
 * every row. In a causal model those depend on nothing that comes later, so they are what each run would compute itself.
 */
import { add, matmul } from './algebra.ts';
import type { Graph, Value } from './writer.ts';

export interface Continuation {
  /** Rotated and normed, as they enter the scores. [1, K, past, headWidth] */
  readonly pastKey: Value;
  /** [1, K, past, headWidth] */
  readonly pastValue: Value;
  /** Positions that go on, counted from the first new one; the others are only looked at. Absent: all. [asked] */
  readonly asked?: Value | undefined;
}

/** What is asked for of values that have positions along an axis. */
export function askedOf(g: Graph, values: Value, continuation: Continuation | undefined, axis = 1): Value {
  const asked = continuation?.asked;
  return asked === undefined ? values : g.op('Gather', [values, asked], { axis });
}

/**
 * Scores of queries with all keys, past ones first.
 * @param scores with keys, [batch, K, queries, headWidth] @returns [rows, K, queries, past + position]
 */
export function scoresWith(
  g: Graph,
  scores: (keys: Value) => Value,
  key: Value,
  continuation: Continuation | undefined,
): Value {
  const here = scores(key);
  return continuation ? g.op('Concat', [scores(continuation.pastKey), here], { axis: 3 }) : here;
}

/** Values summed by their weights. @param weights [rows, K, queries, past + position] @returns [rows, K, queries, headWidth] */
export function weighted(g: Graph, weights: Value, value: Value, continuation: Continuation | undefined): Value {
  if (!continuation) return matmul(g, weights, value);
  const past = g.op('Shape', [continuation.pastKey], { start: 2, end: 3 });
  const cut = (start: Value, end: Value) => g.op('Slice', [weights, start, end, g.integers(3)]);
  const before = matmul(g, cut(g.integers(0), past), continuation.pastValue);
  return add(g, before, matmul(g, cut(past, g.integers(Number.MAX_SAFE_INTEGER)), value));
}
