/** Reads what there is to be told, then what comes, until nothing comes any more or the reader is left. */
import { UntilLeft } from './until-left.ts';

/** When a reader may read: it has a turn from before it looks for something until that has been dealt with. */
export interface Turn {
  /** Settles when the reader may look; also when the turn is given back before. */
  take(): Promise<void>;
  /** By who has it, waits for it, or neither. */
  give(): void;
}

export interface ReadingOptions {
  /** Ends the reading as `return()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Called when nothing more is read, be it more than once. */
  readonly onLeave?: (() => void) | undefined;
  /** Not had while the reader waits for something to come. Default: whenever it is asked. */
  readonly turn?: Turn | undefined;
}

/**
 * Written by hand because an `async function*` cannot be ended while it awaits: `return()` here settles a pending
 * `next()` at once. It looks when it is asked for something, so however far a reader lags behind, and however many of them
 * there are, each costs the memory of one thing that it is told.
 */
export abstract class Reader<Value extends object> implements AsyncIterableIterator<Value, undefined> {
  readonly #turn: Turn | undefined;
  readonly #stopListening: () => void;
  readonly #untilLeft = new UntilLeft<IteratorResult<Value, undefined>>();
  #over = false;
  /** Settles at the next signal; made before the reader looks, so that none is missed between. */
  #signal = Promise.withResolvers<void>();
  #reading: Promise<unknown> = Promise.resolve();

  /** @param listen has the function called whenever there may be something new, and returns what stops that */
  constructor(listen: (wake: () => void) => () => void, { signal, onLeave, turn }: ReadingOptions = {}) {
    this.#turn = turn;
    const unlisten = listen(() => this.#signal.resolve());
    const leave = () => this.#leave();
    signal?.addEventListener('abort', leave);
    this.#stopListening = () => {
      unlisten();
      onLeave?.();
      signal?.removeEventListener('abort', leave);
    };
    if (signal?.aborted) leave();
  }

  /** What there is to be told now; undefined: nothing yet, or, after `stop`, nothing any more. */
  protected abstract look(): Promise<Value | undefined>;

  next(): Promise<IteratorResult<Value, undefined>> {
    // One after the other, however many are asked for at once.
    const next = this.#reading.then(() => this.#read());
    this.#reading = next.catch(() => undefined);
    return this.#untilLeft.wait(next);
  }

  async return(): Promise<IteratorResult<Value, undefined>> {
    this.#leave();
    return finished;
  }

  async throw(error: unknown): Promise<IteratorResult<Value, undefined>> {
    this.#leave();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
  }

  /** Nothing is told after what is told now. */
  protected stop(): void {
    this.#over = true;
    this.#stopListening();
  }

  #leave(): void {
    this.stop();
    this.#turn?.give();
    this.#untilLeft.leave(finished);
    this.#signal.resolve();
  }

  async #read(): Promise<IteratorResult<Value, undefined>> {
    // Who asks for the next one has dealt with the last.
    this.#turn?.give();
    try {
      while (!this.#over) {
        this.#signal = Promise.withResolvers();
        await this.#turn?.take();
        if (this.#over) break;
        const value = await this.look();
        if (value) return { done: false, value };
        this.#turn?.give();
        if (!this.#over) await this.#signal.promise;
      }
      return finished;
    } catch (error) {
      // A loop over what is told does not call `return()` after an error.
      this.stop();
      this.#turn?.give();
      throw error;
    }
  }
}

const finished: IteratorReturnResult<undefined> = { done: true, value: undefined };
