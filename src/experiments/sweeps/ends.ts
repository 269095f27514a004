/** What becomes of the rows of a sweep: stored, then told to whoever follows it. */
import type { Placed } from '../../runs/answered-runs.ts';
import type { EndedRow, FailedRow } from '../../runs/sweep-record.ts';
import type { AnsweredRows, SweepStore } from '../../runs/sweep-store.ts';
import { Pace } from './pace.ts';
import { untilStored } from './patience.ts';

/** Rows that are told of at once. */
export const mostLatest = 20;

export class Ends {
  readonly pace = new Pace();
  readonly #store: SweepStore;
  readonly #sweepId: string;
  readonly #signal: AbortSignal;
  readonly #onFault: (error: unknown) => void;
  /** Indices of rows that ended last, the last one last. */
  #latest: number[] = [];
  #count = 0;

  /** @param signal ends the waiting for a storage that fails */
  constructor(store: SweepStore, sweepId: string, signal: AbortSignal, onFault: (error: unknown) => void) {
    this.#store = store;
    this.#sweepId = sweepId;
    this.#signal = signal;
    this.#onFault = onFault;
  }

  /** Rows that have ended so far. */
  get count(): number {
    return this.#count;
  }

  /** Of the rows that have ended since there were `count`, the newest first. */
  since(count: number): number[] {
    const news = this.#latest.slice(Math.max(this.#latest.length - (this.#count - count), 0));
    return news.reverse();
  }

  /** An id for a run that is asked for now. */
  readonly newRunId = (): string => this.#store.newRunId();

  /** Rows whose question has a run that answers it. */
  async link(rows: readonly EndedRow[]): Promise<void> {
    await this.#stored(() => this.#store.link(this.#sweepId, rows));
    this.#note(
      rows.map(({ index }) => index),
      rows.filter(({ found }) => !found).length,
    );
  }

  async fail(rows: readonly FailedRow[]): Promise<void> {
    await this.#stored(() => this.#store.fail(this.#sweepId, rows));
    this.#note(
      rows.map(({ index }) => index),
      rows.length,
    );
  }

  /** @returns what has become of each answer; those for whose question a run is under way are not stored */
  async answer(answered: readonly AnsweredRows[]): Promise<Placed[]> {
    const placed = await this.#stored(() => this.#store.answer(this.#sweepId, answered));
    const stored = answered.filter((_, index) => placed[index] && placed[index].how !== 'UNDER_WAY');
    const rows = stored.flatMap(({ rows }) => rows);
    this.#note(rows, rows.length);
    return placed;
  }

  #stored<Result>(work: () => Promise<Result>): Promise<Result> {
    return untilStored(work, this.#signal, this.#onFault);
  }

  /** @param computed how many of them say how fast it goes */
  #note(rows: readonly number[], computed: number): void {
    this.#latest = [...this.#latest, ...rows].slice(-mostLatest);
    this.#count += rows.length;
    this.pace.note(computed);
  }
}
