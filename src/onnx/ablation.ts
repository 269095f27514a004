/**
 * A batch of runs, in each of which other components of the block lose their output: f ⊙ a + (1 − f) ⊙ m·ā, with a the
 * component's output, ā its mean over the run's positions, f 1 where it is kept and m 0 (nothing takes its place) or 1
 * (its mean does). Everything after it is computed from what is left: patterns, norm scales and gates are not held.
 */
import { add, multiply, subtract } from './algebra.ts';
import type { Graph, Value } from './writer.ts';

export interface Ablation {
  /** f of every head, acting on its z: [rows, heads, 1, 1]. The output's bias stays. */
  readonly keepHeads: Value;
  /** f of what is added to the residual stream for the MLP, biases included: [rows, 1, 1]; absent: 1 */
  readonly keepMlp: Value | undefined;
  /** m: [1] */
  readonly mean: Value;
}

/** @param value [..., position, width] @param keep f, with as many dimensions */
export function ablate(g: Graph, value: Value, keep: Value, { mean }: Pick<Ablation, 'mean'>): Value {
  const average = g.op('ReduceMean', [value, g.integers(-2)], { keepdims: 1 });
  const replacement = multiply(g, multiply(g, average, mean), subtract(g, g.float(1), keep));
  return add(g, multiply(g, value, keep), replacement);
}
