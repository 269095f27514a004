import { TributaryError } from '../../errors.ts';
import type { StoredEvent } from '../../runs/types.ts';
import { Failure } from '../failures.ts';

type Events = AsyncIterableIterator<StoredEvent | Failure, undefined>;
type Result = IteratorResult<StoredEvent | Failure, undefined>;
const finished: Result = { done: true, value: undefined };

/**
 * Events from when they tell what is selected of them; an expected failure to have them do so is the only one. By hand, as
 * every iterator that a client can leave: also while it waits for that.
 */
export class Readied implements Events {
  readonly #events: Events;
  readonly #left = new AbortController();
  #ready: Promise<void> | undefined;
  #over = false;

  /**
   * @param ready settles when they do; ends what it waits for when its signal aborts
   * @param left aborts when the client is gone
   */
  constructor(events: Events, ready: (signal: AbortSignal) => Promise<void>, left?: AbortSignal) {
    this.#events = events;
    left?.addEventListener('abort', () => this.#left.abort());
    this.#ready = ready(this.#left.signal);
    this.#ready.catch(() => undefined);
  }

  async next(): Promise<Result> {
    try {
      await this.#ready;
      this.#ready = undefined;
    } catch (error) {
      if (this.#over) return finished;
      await this.return();
      if (error instanceof TributaryError) return { done: false, value: new Failure(error) };
      throw error;
    }
    return this.#events.next();
  }

  async return(): Promise<Result> {
    this.#over = true;
    this.#left.abort();
    await this.#events.return?.();
    return finished;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
