/** An engine whose jobs are observed, and tell what they tell within the scope of the request that asked for them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { basename } from 'node:path';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { Engine, Expectation, Holdings, JobOptions, LoadState } from '../jobs/engine.ts';
import type { JobKind } from '../jobs/kinds/kind.ts';
import type { Observer } from './observer.ts';

export class ObservedEngine implements Engine {
  readonly #engine: Engine;
  readonly #observers: readonly Observer[];

  constructor(engine: Engine, observers: readonly Observer[]) {
    this.#engine = engine;
    this.#observers = observers;
  }

  async run<Request, Result, Step>(
    kind: JobKind<Request, Result, Step>,
    model: Snapshot,
    request: Request,
    options: JobOptions<Step> = {},
  ): Promise<Result> {
    const asked = { kind: kind.name, model: basename(model.folder), length: kind.length(request) };
    const observers = this.#observers.flatMap((observer) => observer.job?.(asked) ?? []);
    // What a process reports comes in the scope of the request for which it was started.
    const within = AsyncLocalStorage.snapshot();
    const { onQueue, onStart, onStep, onTook } = options;
    const tells: JobOptions<Step> = {
      ...options,
      onQueue: (ticket) => {
        for (const observer of observers) observer.queued?.();
        within(() => onQueue?.(ticket));
      },
      onStart: () => {
        for (const observer of observers) observer.started?.();
        within(() => onStart?.());
      },
      onStep: (step) => {
        for (const observer of observers) observer.step?.();
        within(() => onStep?.(step));
      },
      onTook: (took) => {
        for (const observer of observers) observer.took?.(took);
        within(() => onTook?.(took));
      },
    };
    try {
      const result = await this.#engine.run(kind, model, request, tells);
      for (const observer of observers) observer.end(undefined);
      return result;
    } catch (error) {
      for (const observer of observers) observer.end(error);
      throw error;
    }
  }

  estimate<Request>(kind: JobKind<Request>, model: Snapshot, request: Request, client?: string): Promise<Expectation> {
    return this.#engine.estimate(kind, model, request, client);
  }

  countsOf(client: string): ReturnType<Engine['countsOf']> {
    return this.#engine.countsOf(client);
  }

  stateOf(model: Snapshot): LoadState {
    return this.#engine.stateOf(model);
  }

  watch(onState: () => void): () => void {
    return this.#engine.watch(onState);
  }

  holdings(): Holdings | undefined {
    return this.#engine.holdings?.();
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
