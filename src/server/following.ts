/** Subscriptions, the same over WebSocket and as server-sent events. */
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from 'graphql';
import { wholeOrRefused } from '../api/answer-size.ts';
import type { EventValue } from '../api/runs/run-event.ts';
import { requestScope } from '../request-scope.ts';
import type { Asker } from './asker.ts';
import { contextOf, finished, Results } from './leaving.ts';
import type { SharedResults } from './shared-results.ts';
import { Payload } from './unsent.ts';

/**
 * @param tell what is told of a result that is JSON already and that others are told too; undefined where that is done
 * @param left aborts when the client is gone, where that is not told by `return()` alone
 */
export async function follow(
  args: ExecutionArgs,
  results: SharedResults,
  tell: (payload: Payload) => ExecutionResult | undefined,
  left?: AbortSignal,
): Promise<AsyncIterableIterator<ExecutionResult, void> | ExecutionResult> {
  const controller = new AbortController();
  const signal = left ? AbortSignal.any([left, controller.signal]) : controller.signal;
  const contextValue = contextOf(signal, args.contextValue as Asker);
  const events = await createSourceEventStream({ ...args, contextValue });
  if (!(Symbol.asyncIterator in events)) return wholeOrRefused(events, contextValue);
  const executed = new Executed(events[Symbol.asyncIterator](), results.of(args, signal), tell, signal);
  return new Results(executed, controller);
}

/** Whoever observes the operation learns when an event of a run was stored that is handed over now. */
function tellLag(value: unknown): void {
  const { event } = value as Partial<EventValue>;
  if (event?.at) requestScope.getStore()?.operation?.told(event.at);
}

/** The result of each event. */
class Executed implements AsyncIterator<ExecutionResult, void> {
  readonly #events: AsyncIterator<unknown>;
  readonly #resultOf: ReturnType<SharedResults['of']>;
  readonly #tell: (payload: Payload) => ExecutionResult | undefined;
  readonly #signal: AbortSignal;

  constructor(
    events: AsyncIterator<unknown>,
    resultOf: ReturnType<SharedResults['of']>,
    tell: (payload: Payload) => ExecutionResult | undefined,
    signal: AbortSignal,
  ) {
    this.#events = events;
    this.#resultOf = resultOf;
    this.#tell = tell;
    this.#signal = signal;
  }

  async next(): Promise<IteratorResult<ExecutionResult, void>> {
    for (;;) {
      const { done, value } = await this.#events.next();
      if (done) return finished;
      const result = await this.#resultOrLeft(value);
      if (this.#signal.aborted) return finished;
      const told = result instanceof Payload ? this.#tell(result) : result;
      tellLag(value);
      if (told) return { done: false, value: told };
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    await this.#events.return?.();
    return finished;
  }

  /** A loop over the results does not call `return()` after an error. */
  async #resultOrLeft(event: unknown): Promise<Payload | ExecutionResult> {
    try {
      return await this.#resultOf(event);
    } catch (error) {
      await this.return();
      throw error;
    }
  }
}
