/** How the workers stand, for those who follow it. */
import { Reader, type ReadingOptions } from '../reader.ts';
import { Signal } from '../signal.ts';
import type { Worker, WorkerSource } from '../worker-state.ts';

/** Milliseconds between two events: a model that loads changes all the while. */
const interval = 100;

/** What has changed since a reader was told last. */
export interface WorkerChanges {
  readonly changed: readonly Worker[];
  /** Ids of those that are there no more. */
  readonly removed: readonly string[];
  /** The same for the same changes. */
  readonly key: string;
}

export class WorkerStates {
  readonly #source: WorkerSource;
  readonly #closing = new Signal();
  #closed = false;

  constructor(source: WorkerSource) {
    this.#source = source;
  }

  /** @throws TributaryError OVER_CAPACITY when they cannot be read */
  list(): Promise<readonly Worker[]> {
    return this.#source.list();
  }

  /** All of them, as they are now; then again each that has changed, as it is when it is read. */
  follow(options: ReadingOptions = {}): WorkerReader {
    const listen = (wake: () => void) => {
      const stops = [this.#source.watch(wake), this.#closing.listen(wake)];
      return () => stops.forEach((stop) => void stop());
    };
    return new WorkerReader(listen, async () => (this.#closed ? 'over' : this.#source.list()), options);
  }

  /** Those who follow are told that nothing comes any more. */
  close(): void {
    this.#closed = true;
    this.#closing.wake();
  }
}

/** Told of all that changed since it was told last, once, as it is then: nothing waits for a slow reader. */
export class WorkerReader extends Reader<WorkerChanges> {
  readonly #list: () => Promise<readonly Worker[] | 'over'>;
  /** By id, as it was told; undefined before anything was. */
  #told: ReadonlyMap<string, string> | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor(
    listen: (wake: () => void) => () => void,
    list: () => Promise<readonly Worker[] | 'over'>,
    options: ReadingOptions,
  ) {
    super(listen, options);
    this.#list = list;
  }

  protected async look(): Promise<WorkerChanges | undefined> {
    const early = this.#last + interval - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early).unref());
    const workers = await this.#list();
    if (workers === 'over') {
      this.stop();
      return undefined;
    }
    const before = this.#told;
    const now = new Map(workers.map((worker) => [worker.id, wordsOf(worker)]));
    const changed = workers.filter(({ id }) => before?.get(id) !== now.get(id));
    const removed = [...(before?.keys() ?? [])].filter((id) => !now.has(id));
    // Who comes anew is told what there is, be it nothing.
    if (before && changed.length === 0 && removed.length === 0) return undefined;
    this.#told = now;
    this.#last = performance.now();
    const key = JSON.stringify(['workers', changed.map(({ id }) => now.get(id)), removed]);
    return { changed, removed, key };
  }
}

/** All that is news when it changes: not that it was seen again. */
function wordsOf({ seenAt, ...worker }: Worker): string {
  return JSON.stringify(worker);
}
