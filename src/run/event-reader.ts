/** Reads a run's events from the database, those that are there and then each new one, until the run ends. */
import type { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import { isOver, type StoredEvent, statusAfter } from './types.ts';

/** Events read at once: a client that lags far behind costs no more memory than this. */
const batch = 16;

type Result = IteratorResult<StoredEvent, undefined>;
const finished: Result = { done: true, value: undefined };

/**
 * Written by hand because an `async function*` cannot be ended while it awaits: `return()` here settles a pending
 * `next()` at once.
 */
export class EventReader implements AsyncIterableIterator<StoredEvent, undefined> {
  readonly #store: RunStore;
  readonly #runId: string;
  readonly #stopListening: () => void;
  /** Settles when `return()` is called. */
  readonly #ended = Promise.withResolvers<Result>();
  readonly #ready: StoredEvent[] = [];
  #last: number | undefined;
  #over = false;
  /** Settles at the next signal; made before the rows are read, so that none is missed between. */
  #signal = Promise.withResolvers<void>();
  #reading: Promise<unknown> = Promise.resolve();

  /** @param after the last event that the reader knows already; undefined for none */
  constructor(store: RunStore, signals: Signals, runId: string, after: number | undefined) {
    this.#store = store;
    this.#runId = runId;
    this.#last = after;
    this.#stopListening = signals.listen(runId, () => this.#signal.resolve());
  }

  next(): Promise<Result> {
    const next = this.#reading.then(() => this.#read());
    this.#reading = next.catch(() => undefined);
    return Promise.race([next, this.#ended.promise]);
  }

  async return(): Promise<Result> {
    this.#end();
    return finished;
  }

  async throw(error: unknown): Promise<Result> {
    this.#end();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#stopListening();
    this.#ended.resolve(finished);
    this.#signal.resolve();
  }

  async #read(): Promise<Result> {
    while (!this.#over) {
      if (this.#ready.length === 0) {
        const signal = Promise.withResolvers<void>();
        this.#signal = signal;
        // The status first: a run that is over now has all its events in the rows read next.
        const run = await this.#store.find(this.#runId);
        this.#ready.push(...(await this.#store.events(this.#runId, this.#last, batch)));
        if (this.#ready.length === 0 && (!run || isOver(run.status))) break;
        if (this.#ready.length === 0) await signal.promise;
      }
      const value = this.#ready.shift();
      if (!value || this.#over) continue;
      this.#last = value.seq;
      if (statusAfter(value.step)) this.#stopListening();
      return { done: false, value };
    }
    this.#end();
    return finished;
  }
}
