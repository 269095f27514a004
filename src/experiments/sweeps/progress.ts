/** How a sweep goes on: its state, and which rows have ended since it was told last. */
import { Reader, type ReadingOptions } from '../../reader.ts';
import type { SweepRecord, SweepRowRecord } from '../../runs/sweep-record.ts';
import type { SweepStore } from '../../runs/sweep-store.ts';
import type { Ends } from './ends.ts';

/** Milliseconds between two events. */
const interval = 250;

export interface SweepProgress {
  readonly sweep: SweepRecord;
  /** Rows that have ended since the event before, the newest first. */
  readonly latest: readonly SweepRowRecord[];
  /** Another one for each event. */
  readonly key: string;
}

/** Ends with the sweep. Nothing waits for a slow reader: it is told how things are when it can be. */
export class SweepReader extends Reader<SweepProgress> {
  readonly #store: SweepStore;
  readonly #id: string;
  readonly #endsOf: (id: string) => Ends | undefined;
  readonly #later: Later;
  #ends: Ends | undefined;
  #count = 0;
  #told = Number.NEGATIVE_INFINITY;

  /** @param endsOf of a sweep that is under way in this process */
  constructor(store: SweepStore, id: string, endsOf: (id: string) => Ends | undefined, options?: ReadingOptions) {
    const later = new Later();
    super((wake) => {
      const unlisten = store.signals.listen(id, wake);
      later.wake = wake;
      return () => {
        unlisten();
        later.cancel();
      };
    }, options);
    this.#store = store;
    this.#id = id;
    this.#endsOf = endsOf;
    this.#later = later;
    this.#count = this.#renewed()?.count ?? 0;
  }

  protected async look(): Promise<SweepProgress | undefined> {
    const early = this.#told + interval - performance.now();
    if (early > 0) {
      this.#later.in(early);
      return undefined;
    }
    const sweep = await this.#store.find(this.#id);
    const ends = this.#renewed();
    const latest = ends?.since(this.#count) ?? [];
    this.#count = ends?.count ?? 0;
    if (sweep?.status !== 'RUNNING') this.stop();
    // Deleted, with its experiment.
    if (!sweep) return undefined;
    const rows = new Map((await this.#store.rowsAt(this.#id, latest)).map((row) => [row.index, row]));
    this.#told = performance.now();
    return {
      sweep,
      latest: latest.flatMap((index) => rows.get(index) ?? []),
      key: `${this.#id} ${this.#told}`,
    };
  }

  /** What is known of its rows; still so when it is over. */
  #renewed(): Ends | undefined {
    const ends = this.#endsOf(this.#id);
    if (ends && ends !== this.#ends) {
      this.#ends = ends;
      this.#count = 0;
    }
    return this.#ends;
  }
}

/** Wakes a reader after a while. */
class Later {
  wake: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  in(milliseconds: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.wake();
    }, milliseconds);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
