/** Deletes the oldest runs where more are stored than is to be kept. */
import { setTimeout } from 'node:timers/promises';
import type { Housekeeping } from './housekeeping.ts';
import { type LooseRun, looseStretches } from './loose-runs.ts';
import { firstOf } from './run-ids.ts';

/** What is kept at the most; undefined: whatever there is. */
export interface RetentionLimits {
  readonly days: number | undefined;
  /** Runs, besides those that are kept in any case. */
  readonly runs: number | undefined;
  /** Of the database, without what is free in its file. */
  readonly bytes: number | undefined;
}

/** Why a run was deleted. */
export type Reason = keyof RetentionLimits;

export interface Pruned {
  /** How many runs were deleted, and why. */
  readonly runs: Readonly<Record<Reason, number>>;
  /** Of their events and answers. */
  readonly bytes: number;
  /** Whether the database is larger than it is to be, and nothing is left to be deleted. */
  readonly tooLarge: boolean;
}

export interface RetentionOptions {
  /** Is a run told to somebody, or added to? It stays. */
  readonly isInUse: (runId: string) => boolean;
  /** Called after each time that something was deleted, or the database is too large. */
  readonly onPruned: (pruned: Pruned) => void;
  readonly onFault: (error: unknown) => void;
  /** The clock. */
  readonly now?: () => Date;
}

/** Milliseconds between two looks. */
const interval = 300_000;

/** Runs of one transaction: others wait as long as it takes. */
const mostAtOnce = 50;
/** Bytes of events and answers that one transaction deletes, unless a single run has more. */
const mostBytesAtOnce = 4e6;

/** Milliseconds between two of them. */
const pause = 25;

/** Milliseconds for which a run is kept when it has ended: whoever asked for it may come back for more of its answer. */
const fresh = 600_000;

export class Retention implements AsyncDisposable {
  readonly #housekeeping: Pick<Housekeeping, 'size' | 'loose' | 'prune'>;
  readonly #limits: RetentionLimits;
  readonly #options: RetentionOptions;
  readonly #now: () => Date;
  readonly #closing = new AbortController();
  #applying: Promise<unknown> = Promise.resolve();

  constructor(
    housekeeping: Pick<Housekeeping, 'size' | 'loose' | 'prune'>,
    limits: RetentionLimits,
    options: RetentionOptions,
  ) {
    this.#housekeeping = housekeeping;
    this.#limits = limits;
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  /** Applies the limits now and from then on, until it is disposed of; does nothing where there are none. */
  start(): void {
    if (Object.values(this.#limits).every((limit) => limit === undefined)) return;
    this.#applying = this.#repeat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#applying;
  }

  /**
   * Deletes what is too much, oldest first, a few runs at a time.
   * @throws TributaryError OVER_CAPACITY where the database does not work; what was deleted before is
   */
  async apply(): Promise<Pruned> {
    const { runs: mostRuns = Number.POSITIVE_INFINITY, bytes: mostBytes = Number.POSITIVE_INFINITY } = this.#limits;
    const before = this.#cutoff();
    const tooLarge = async () => {
      const { bytes, freeBytes } = await this.#housekeeping.size();
      return bytes - freeBytes > mostBytes;
    };
    const { runs: count } = await this.#housekeeping.size();
    let large = await tooLarge();
    // Only what is old where nothing else is too much.
    const loose = await this.#loose(count > mostRuns || large ? undefined : before);
    const old = before === undefined ? 0 : loose.findIndex(({ id }) => id >= before);
    const doomed = { days: old < 0 ? loose.length : old, runs: Math.max(loose.length - mostRuns, 0) };
    const pruned = { runs: { days: 0, runs: 0, bytes: 0 }, bytes: 0 };
    for (let at = 0; at < loose.length && !this.#closing.signal.aborted; ) {
      const reason: Reason | undefined =
        at < doomed.days ? 'days' : at < doomed.runs ? 'runs' : large ? 'bytes' : undefined;
      if (!reason) break;
      const some = portion(loose, at, reason === 'bytes' ? loose.length : doomed[reason]);
      at += some.length;
      const deleted = await this.#housekeeping.prune(some.flatMap(({ id }) => (this.#options.isInUse(id) ? [] : [id])));
      pruned.runs[reason] += deleted.length;
      pruned.bytes += deleted.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
      large = await tooLarge();
      await this.#pause(pause);
    }
    return { ...pruned, tooLarge: large };
  }

  async #repeat(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        const pruned = await this.apply();
        const { days, runs, bytes } = pruned.runs;
        if (days + runs + bytes > 0 || pruned.tooLarge) this.#options.onPruned(pruned);
      } catch (error) {
        this.#options.onFault(error);
      }
      await this.#pause(interval);
    }
  }

  /** The id from which on runs are young enough. */
  #cutoff(): string | undefined {
    const { days } = this.#limits;
    return days === undefined ? undefined : firstOf(new Date(this.#now().getTime() - days * 86_400_000));
  }

  /** All runs that may be deleted, oldest first. @param before the id at which it ends */
  async #loose(before: string | undefined): Promise<LooseRun[]> {
    const all: LooseRun[] = [];
    const endedBefore = new Date(this.#now().getTime() - fresh);
    for await (const loose of looseStretches((looked) => this.#housekeeping.loose(looked), { before, endedBefore })) {
      all.push(...loose);
      if (this.#closing.signal.aborted) break;
      await this.#pause(1);
    }
    return all;
  }

  /** Ends at once when it closes. */
  async #pause(milliseconds: number): Promise<void> {
    await setTimeout(milliseconds, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
  }
}

/** Runs from a place on that are deleted at once: one at least. */
function portion(loose: readonly LooseRun[], from: number, to: number): readonly LooseRun[] {
  let bytes = 0;
  let end = from;
  while (end < to && end < from + mostAtOnce && (end === from || bytes < mostBytesAtOnce))
    bytes += loose[end++]?.storedBytes ?? 0;
  return loose.slice(from, end);
}
