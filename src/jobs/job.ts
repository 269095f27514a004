import type { Gate } from '../inference/gate.ts';
import type { Plan } from './capacity/estimator.ts';

/** A job from the queue to its answer. */
export interface Job {
  readonly plan: Plan;
  readonly gate: Gate;
  readonly onStart: () => void;
  readonly onStep: (step: unknown) => void;
  readonly answer: PromiseWithResolvers<unknown>;
  /** Sets of graphs of its model that were there when it began; undefined: it has not begun. */
  heldBefore: ReadonlySet<string> | undefined;
  /** Whether it was begun before, and how many steps it has told of. */
  begun: boolean;
  told: number;
}
