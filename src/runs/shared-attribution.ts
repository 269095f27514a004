/** Runs that differ in their targets alone, computed together: they share the model's own pass. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { AttributionStep, ToldStep } from '../explain/attribution/ledger/step.ts';
import type { AttributionInput, AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';
import type { TargetRequest } from '../inference/target.ts';
import type { Engine, Ticket } from '../jobs/engine.ts';
import { attribution } from '../jobs/kinds/attribution.ts';
import type { Took } from '../jobs/messages.ts';
import { SharedJob } from '../jobs/shared-job.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { Told } from './live-run.ts';

/** What each who has joined is told of the job. */
interface ToldSteps extends Told {
  readonly onStep: (step: AttributionStep) => void;
}

interface Member {
  readonly target: TargetRequest;
  readonly signal: AbortSignal;
  readonly told: ToldSteps;
  readonly answer: PromiseWithResolvers<AttributionResult>;
}

export class SharedAttribution {
  readonly #engine: Engine;
  readonly #model: Snapshot;
  readonly #input: Omit<AttributionInput, 'target'>;
  readonly #selection: AttributionSelection;
  readonly #client: string | undefined;
  readonly #members: Member[] = [];
  /** What is computed for several is done on behalf of the first. */
  #within: <Result>(work: () => Result) => Result = (work) => work();

  constructor(
    engine: Engine,
    model: Snapshot,
    input: Omit<AttributionInput, 'target'>,
    selection: AttributionSelection,
    client: string | undefined,
  ) {
    this.#engine = engine;
    this.#model = model;
    this.#input = input;
    this.#selection = selection;
    this.#client = client;
  }

  /**
   * The answer for one target, once `launch` was called. Whoever leaves by the signal does so alone, be it before: those
   * with whom it is launched may wait for that. With the last of them the work ends.
   * @throws the signal's reason, or as the engine's
   */
  join(target: TargetRequest, signal: AbortSignal, told: ToldSteps): Promise<AttributionResult> {
    const answer = Promise.withResolvers<AttributionResult>();
    if (this.#members.length === 0) this.#within = AsyncLocalStorage.snapshot();
    this.#members.push({ target, signal, told, answer });
    return unlessAborted(answer.promise, signal);
  }

  /** Computes for all who have joined and not left since. */
  launch(): void {
    const staying = this.#members.filter(({ signal }) => !signal.aborted);
    if (staying.length === 0) return;
    const request = { ...this.#input, targets: staying.map(({ target }) => target), selection: this.#selection };
    const told = {
      onStart: () => {
        for (const { told } of staying) told.onStart();
      },
      onQueue: (ticket: Ticket) => {
        for (const { told } of staying) told.onQueue(ticket);
      },
      onTook: (took: Took) => {
        for (const { told } of staying) told.onTook(took, staying.length);
      },
      onStep: ({ target, step }: ToldStep) => {
        // Who has left has an end already.
        for (const [index, { told, signal }] of staying.entries())
          if (!signal.aborted && (target === undefined || target === index)) told.onStep(step);
      },
    };
    const client = this.#client;
    const job = new SharedJob((signal) =>
      this.#within(() => this.#engine.run(attribution, this.#model, request, { signal, client, ...told })),
    );
    for (const [index, { signal, answer }] of staying.entries())
      job.join(signal).then((answers) => answer.resolve(answers[index] as AttributionResult), answer.reject);
  }
}
