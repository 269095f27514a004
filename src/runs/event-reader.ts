/** Reads a run's events from the database, those that are there and then each new one, until the run ends. */
import { endNotStored } from './ending.ts';
import type { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import { isOver, type StoredEvent, statusAfter } from './types.ts';

type Result = IteratorResult<StoredEvent, undefined>;
const finished: Result = { done: true, value: undefined };

export interface ReaderOptions {
  /** The last event that the reader knows already; undefined for none. */
  readonly after?: number | undefined;
  /** Ends the reading as `return()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Called when nothing more is read, be it more than once. */
  readonly onLeave?: (() => void) | undefined;
}

/**
 * Written by hand because an `async function*` cannot be ended while it awaits: `return()` here settles a pending
 * `next()` at once. It reads one event when it is asked for one, so however far a reader lags behind, and however many
 * of them there are, each costs the memory of one event.
 */
export class EventReader implements AsyncIterableIterator<StoredEvent, undefined> {
  readonly #store: RunStore;
  readonly #runId: string;
  readonly #isUnderWay: (runId: string) => boolean;
  readonly #stopListening: () => void;
  /** Settles when the reader is left. */
  readonly #left = Promise.withResolvers<Result>();
  #last: number | undefined;
  #over = false;
  /** Settles at the next signal; made before the rows are read, so that none is missed between. */
  #signal = Promise.withResolvers<void>();
  #reading: Promise<unknown> = Promise.resolve();

  /** @param isUnderWay false once a run has stored all that it ever will */
  constructor(
    store: RunStore,
    signals: Signals,
    isUnderWay: (runId: string) => boolean,
    runId: string,
    { after, signal, onLeave }: ReaderOptions = {},
  ) {
    this.#store = store;
    this.#runId = runId;
    this.#isUnderWay = isUnderWay;
    this.#last = after;
    const unlisten = signals.listen(runId, () => this.#signal.resolve());
    const leave = () => this.#leave();
    signal?.addEventListener('abort', leave);
    this.#stopListening = () => {
      unlisten();
      onLeave?.();
      signal?.removeEventListener('abort', leave);
    };
    if (signal?.aborted) leave();
  }

  next(): Promise<Result> {
    // One after the other, however many are asked for at once.
    const next = this.#reading.then(() => this.#read());
    this.#reading = next.catch(() => undefined);
    return Promise.race([next, this.#left.promise]);
  }

  async return(): Promise<Result> {
    this.#leave();
    return finished;
  }

  async throw(error: unknown): Promise<Result> {
    this.#leave();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
  }

  #leave(): void {
    this.#stop();
    this.#left.resolve(finished);
    this.#signal.resolve();
  }

  #stop(): void {
    this.#over = true;
    this.#stopListening();
  }

  async #read(): Promise<Result> {
    try {
      while (!this.#over) {
        this.#signal = Promise.withResolvers();
        const event = await this.#store.nextEvent(this.#runId, this.#last);
        if (event) return this.#hand(event);
        if (this.#isUnderWay(this.#runId)) await this.#signal.promise;
        else await this.#end();
      }
      return finished;
    } catch (error) {
      // A loop over the events does not call `return()` after an error.
      this.#stop();
      throw error;
    }
  }

  #hand(event: StoredEvent): Result {
    this.#last = event.seq;
    if (statusAfter(event.step)) this.#stop();
    return { done: false, value: event };
  }

  /** @throws TributaryError for a run whose end could not be stored: its reader must not take what there is for the whole */
  async #end(): Promise<void> {
    const run = await this.#store.find(this.#runId);
    if (run && !isOver(run.status)) throw endNotStored(run);
    // What the run told last may have been stored since the rows were read.
    const next = (this.#last ?? -1) + 1;
    if (!run || run.eventCount <= next) this.#stop();
  }
}
