import type { Gate } from '../inference/gate.ts';
import type { Plan } from './capacity/estimator.ts';

/** A job from the queue to its answer. */
export interface Job {
  readonly plan: Plan;
  readonly gate: Gate;
  readonly onStart: () => void;
  readonly onStep: (step: unknown) => void;
  readonly answer: PromiseWithResolvers<unknown>;
}
