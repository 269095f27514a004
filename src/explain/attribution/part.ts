import type { Method } from './methods/method.ts';
import type { AttributionSelection } from './result.ts';

/**
 * What can be asked for beside token scores, and is stored as a part of the answer: a grain, which is read off the way
 * back, or a study, which takes passes of its own.
 */
export interface Part {
  /** Also the first word of the keys under which it is asked for and stored: `edges.DIRECT` is of the part `edges`. */
  readonly name: string;
  /** Keys of it, with their counts: all kinds of figures that it has. */
  readonly examples: AttributionSelection;
  /** Raised when its figures change: those that are stored are then computed anew. */
  readonly version: number;
  /** For the documentation. */
  readonly description: string;
  /** Whether there is any of it with this method. @param length of the prompt */
  exists(key: string, method: Method, length: number): boolean;
}
