/** Which jobs may wait for their turn: those within the budgets, where need be with lean weights. */
import type { Snapshot } from '../../checkpoint/fingerprint.ts';
import { TributaryError } from '../../errors.ts';
import { nothing } from '../../inference/cost.ts';
import { unlessAborted } from '../../unless-aborted.ts';
import type { JobKind } from '../kinds/kind.ts';
import { type Estimate, isWithin } from './estimate.ts';
import type { Estimator, Plan, Terms } from './estimator.ts';
import { nothingKnown } from './memory.ts';

export class Admission {
  readonly #estimator: Estimator;
  readonly #termsOf: (plan: Plan) => Terms;

  /** @param termsOf how a job would find its model now, and have it */
  constructor(estimator: Estimator, termsOf: (plan: Plan) => Terms) {
    this.#estimator = estimator;
    this.#termsOf = termsOf;
  }

  /** A plan of any job: what cannot be read is planned to take nothing, and is refused by the runner that tries. */
  async plan<Request>(kind: JobKind<Request>, model: Snapshot, request: Request): Promise<Plan> {
    try {
      return await this.#estimator.plan(kind, model, request);
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      const demand = { cost: nothing, activations: 0 };
      return { kind: kind as JobKind, model, request, footprint: nothingKnown, graphSets: [], demand };
    }
  }

  /**
   * The plan, lean where that alone is within the budgets.
   * @throws TributaryError OVER_CAPACITY; or the signal's reason, at once though the machine is being measured
   */
  async admit(plan: Plan, signal: AbortSignal | undefined): Promise<Plan> {
    const admit = async (one: Plan) => {
      await unlessAborted(this.#estimator.admit(one, this.#termsOf(one)), signal);
      return one;
    };
    const lean = this.#leanOf(plan);
    return admit(plan).catch((error) => (lean && !signal?.aborted ? admit(lean) : Promise.reject(error)));
  }

  /** Of the plan as it would be admitted. */
  async estimate(plan: Plan): Promise<Estimate> {
    const lean = this.#leanOf(plan);
    const estimate = await this.#estimator.estimate(plan, this.#termsOf(plan));
    return isWithin(estimate) || !lean ? estimate : this.#estimator.estimate(lean, this.#termsOf(lean));
  }

  /** The same job with lean weights, where it would have packed ones without having to. */
  #leanOf(plan: Plan): Plan | undefined {
    const lean = { ...plan, lean: true };
    return this.#termsOf(lean).weights === this.#termsOf(plan).weights ? undefined : lean;
  }
}
