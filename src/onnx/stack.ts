/**
 * Rows carried through a block together: row 0 is the residual stream x, then the shares c of the tracked tokens, last
 * the share of everything else (all other tokens and every bias). The frozen linear map acts on every row alike, biases
 * act on row 0 and the last; patterns, norm scales and gates are read off row 0. So the shares always sum to x.
 */
import { slice } from './algebra.ts';
import type { Graph, Value } from './writer.ts';

export interface Stack {
  /** [rows, 1, 1]: 1 for the rows that biases act on, 0 for the others. */
  readonly affine: Value;
}

/** The model's own row, [1, position, ...]; without a stack every row is. */
export function own(g: Graph, rows: Value, stack: Stack | undefined): Value {
  return stack === undefined ? rows : slice(g, rows, 0, 0, 1);
}
