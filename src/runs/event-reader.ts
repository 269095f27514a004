/** Reads a run's events from the database, those that are there and then each new one, until the run ends. */
import { UntilLeft } from '../until-left.ts';
import { endNotStored, forgotten } from './ending.ts';
import type { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import { isOver, type StoredEvent, statusAfter } from './types.ts';

type Result = IteratorResult<StoredEvent, undefined>;
const finished: Result = { done: true, value: undefined };

/** When a reader may read: it has a turn from before it looks for an event until that one has been dealt with. */
export interface Turn {
  /** Settles when the reader may look; also when the turn is given back before. */
  take(): Promise<void>;
  /** By who has it, waits for it, or neither. */
  give(): void;
}

export interface ReaderOptions {
  /** The last event that the reader knows already; undefined for none. */
  readonly after?: number | undefined;
  /** Ends the reading as `return()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Called when nothing more is read, be it more than once. */
  readonly onLeave?: (() => void) | undefined;
  /** Not had while the reader waits for an event. Default: whenever it is asked. */
  readonly turn?: Turn | undefined;
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
  readonly #turn: Turn | undefined;
  readonly #stopListening: () => void;
  readonly #untilLeft = new UntilLeft<Result>();
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
    { after, signal, onLeave, turn }: ReaderOptions = {},
  ) {
    this.#store = store;
    this.#runId = runId;
    this.#isUnderWay = isUnderWay;
    this.#last = after;
    this.#turn = turn;
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
    return this.#untilLeft.wait(next);
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
    this.#turn?.give();
    this.#untilLeft.leave(finished);
    this.#signal.resolve();
  }

  #stop(): void {
    this.#over = true;
    this.#stopListening();
  }

  async #read(): Promise<Result> {
    // Who asks for the next event has dealt with the last one.
    this.#turn?.give();
    try {
      while (!this.#over) {
        this.#signal = Promise.withResolvers();
        await this.#turn?.take();
        if (this.#over) break;
        const event = await this.#store.nextEvent(this.#runId, this.#last);
        if (event) return this.#hand(event);
        this.#turn?.give();
        if (this.#isUnderWay(this.#runId)) await this.#signal.promise;
        else await this.#end();
      }
      return finished;
    } catch (error) {
      // A loop over the events does not call `return()` after an error.
      this.#stop();
      this.#turn?.give();
      throw error;
    }
  }

  #hand(event: StoredEvent): Result {
    this.#last = event.seq;
    if (statusAfter(event.step)) this.#stop();
    return { done: false, value: event };
  }

  /** @throws TributaryError for a run whose end is not stored, or was before: its reader must not take what it has for the whole */
  async #end(): Promise<void> {
    const run = await this.#store.find(this.#runId);
    if (run && !isOver(run.status)) throw endNotStored(run);
    const next = (this.#last ?? -1) + 1;
    if (run && run.eventCount < next) throw forgotten(run);
    // What the run told last may have been stored since the rows were read.
    if (!run || run.eventCount <= next) this.#stop();
  }
}
