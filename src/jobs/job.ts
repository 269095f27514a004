import type { Gate } from '../inference/gate.ts';
import type { Plan, Terms } from './capacity/estimator.ts';
import type { Took } from './messages.ts';

/** A job from the queue to its answer. */
export interface Job {
  readonly plan: Plan;
  readonly gate: Gate;
  readonly onStart: () => void;
  readonly onStep: (step: unknown) => void;
  readonly onTook: (took: Took) => void;
  readonly answer: PromiseWithResolvers<unknown>;
  /** How it found its model and has it; undefined: it has not begun. */
  terms: Terms | undefined;
  /** Whether it was begun before, and how many steps it has told of. */
  begun: boolean;
  told: number;
}
