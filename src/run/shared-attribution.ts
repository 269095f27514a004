/** Runs that differ in their targets alone, computed together: they share the model's own pass. */
import type {
  AttributionInput,
  AttributionResult,
  AttributionSelection,
  TargetRequest,
} from '../attribution/result.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import type { Engine } from '../model/engine.ts';

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
   * @throws TributaryError CANCELLED, or as the engine's
   */
  join(target: TargetRequest, signal: AbortSignal, onStart: () => void): Promise<AttributionResult> {
    const answer = Promise.withResolvers<AttributionResult>();
    this.#members.push({ target, signal, onStart, answer });
    return answer.promise;
  }

  /** Computes for all who have joined. */
  async launch(): Promise<void> {
    const members = this.#members;
    if (members.length === 0) return;
    const everybody = new AbortController();
    for (const { signal, answer } of members) {
      const leave = () => {
        if (members.every((member) => member.signal.aborted)) everybody.abort();
        else answer.reject(new TributaryError('CANCELLED', 'The run was cancelled'));
      };
      signal.addEventListener('abort', leave);
      if (signal.aborted) leave();
    }
    const request = { ...this.#input, targets: members.map(({ target }) => target), selection: this.#selection };
    const onStart = () => {
      for (const member of members) member.onStart();
    };
    try {
      const answers = await this.#engine.attribute(this.#model, request, { signal: everybody.signal, onStart });
      for (const [index, { answer }] of members.entries()) answer.resolve(answers[index] as AttributionResult);
    } catch (error) {
      for (const { answer } of members) answer.reject(error);
    }
  }
}
