/** Runs that differ in their targets alone, computed together: they share the model's own pass. */

import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { AttributionInput, AttributionResult, AttributionSelection } from '../explain/attribution/result.ts';
import type { TargetRequest } from '../inference/target.ts';
import type { Engine } from '../jobs/engine.ts';
import { attribution } from '../jobs/kinds/attribution.ts';
import { SharedJob } from '../jobs/shared-job.ts';

interface Member {
  readonly target: TargetRequest;
  readonly signal: AbortSignal;
  readonly onStart: () => void;
  readonly answer: PromiseWithResolvers<AttributionResult>;
}

export class SharedAttribution {
  readonly #engine: Engine;
  readonly #model: Snapshot;
  readonly #input: Omit<AttributionInput, 'target'>;
  readonly #selection: AttributionSelection;
  readonly #members: Member[] = [];

  constructor(
    engine: Engine,
    model: Snapshot,
    input: Omit<AttributionInput, 'target'>,
    selection: AttributionSelection,
  ) {
    this.#engine = engine;
    this.#model = model;
    this.#input = input;
    this.#selection = selection;
  }

  /**
   * The answer for one target, once `launch` was called. Whoever leaves by the signal does so alone; with the last of
   * them the work ends.
   * @throws the signal's reason, or as the engine's
   */
  join(target: TargetRequest, signal: AbortSignal, onStart: () => void): Promise<AttributionResult> {
    const answer = Promise.withResolvers<AttributionResult>();
    this.#members.push({ target, signal, onStart, answer });
    return answer.promise;
  }

  /** Computes for all who have joined and not left since. */
  launch(): void {
    const staying = this.#members.filter(({ signal }) => !signal.aborted);
    for (const { signal, answer } of this.#members) if (signal.aborted) answer.reject(signal.reason);
    if (staying.length === 0) return;
    const request = { ...this.#input, targets: staying.map(({ target }) => target), selection: this.#selection };
    const onStart = () => {
      for (const member of staying) member.onStart();
    };
    const job = new SharedJob((signal) => this.#engine.run(attribution, this.#model, request, { signal, onStart }));
    for (const [index, { signal, answer }] of staying.entries())
      job.join(signal).then((answers) => answer.resolve(answers[index] as AttributionResult), answer.reject);
  }
}
