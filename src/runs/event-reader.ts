/** Reads a run's events from the database, those that are there and then each new one, until the run ends. */
import { Reader, type ReadingOptions } from '../reader.ts';
import { endNotStored, forgotten } from './ending.ts';
import type { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import { isOver, type StoredEvent, statusAfter } from './types.ts';

export interface ReaderOptions extends ReadingOptions {
  /** The last event that the reader knows already; undefined for none. */
  readonly after?: number | undefined;
}

export class EventReader extends Reader<StoredEvent> {
  readonly #store: RunStore;
  readonly #runId: string;
  readonly #isUnderWay: (runId: string) => boolean | Promise<boolean>;
  #last: number | undefined;

  /** @param isUnderWay false once a run has stored all that it ever will */
  constructor(
    store: RunStore,
    signals: Signals,
    isUnderWay: (runId: string) => boolean | Promise<boolean>,
    runId: string,
    { after, ...options }: ReaderOptions = {},
  ) {
    super((wake) => signals.listen(runId, wake), options);
    this.#store = store;
    this.#runId = runId;
    this.#isUnderWay = isUnderWay;
    this.#last = after;
  }

  protected async look(): Promise<StoredEvent | undefined> {
    for (;;) {
      const event = await this.#store.events.next(this.#runId, this.#last);
      if (event) {
        this.#last = event.seq;
        if (statusAfter(event.step)) this.stop();
        return event;
      }
      const underWay = this.#isUnderWay(this.#runId);
      if (underWay === true || (await underWay)) return undefined;
      if (await this.#isAtTheEnd()) {
        this.stop();
        return undefined;
      }
    }
  }

  /** @throws TributaryError for a run whose end is not stored, or was before: its reader must not take what it has for the whole */
  async #isAtTheEnd(): Promise<boolean> {
    const run = await this.#store.find(this.#runId);
    if (run && !isOver(run.status)) throw endNotStored(run);
    const next = (this.#last ?? -1) + 1;
    if (run && run.eventCount < next) throw forgotten(run);
    // What the run told last may have been stored since the rows were read.
    return !run || run.eventCount <= next;
  }
}
