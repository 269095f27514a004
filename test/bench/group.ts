/** What the bench measures is groups of rows: one object a group, in a file of its own. */

import type { Weights } from '../../src/onnx/weights.ts';
import type { Cell } from './figure.ts';
import type { ShapeName } from './shapes.ts';

export interface Group {
  readonly name: string;
  /** Of its tables. */
  readonly title: string;
  /** Of models that it is measured on. */
  readonly shapes: readonly ShapeName[];
  /** Lengths of prompts that it is measured at, unless others are asked for; none where it has its own. */
  readonly lengths: (shape: ShapeName) => readonly number[];
  /** Is it measured only when it is named? */
  readonly byNameOnly?: true;
  measure(bench: Bench): AsyncIterable<Cell>;
}

/** What a group is measured on. */
export interface Bench {
  readonly shape: ShapeName;
  /** Of the checkpoint. */
  readonly folder: string;
  readonly lengths: readonly number[];
  readonly repetitions: number;
  readonly threads: number;
  /** How a process that times scenarios has the weights, and a server that has the model in memory. */
  readonly weights: Weights;
  /** Says what is under way. */
  readonly progress: (what: string) => void;
}
