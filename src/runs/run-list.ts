/** The list of runs as it changes: who follows it is told of each run that is new or another one, as it is then. */
import { ByteCache } from '../byte-cache.ts';
import { Reader, type ReadingOptions } from '../reader.ts';
import type { Changed, ChangeLog } from './change-log.ts';
import type { RunFilter } from './run-filter.ts';
import type { RunStore } from './store.ts';
import type { RunRecord } from './types.ts';

/** Runs that are told of at once. */
export const mostChanged = 20;

/** Bytes of what was read, for those who read the same; and what a run takes, and a token of its prompt, roughly. */
const mostBytes = 8e6;
const runBytes = 2000;
const tokenBytes = 8;

/** What has changed since a reader was told last. */
export interface RunChanges {
  /** Of those that the filter admits, as they are now. */
  readonly changed: readonly RunRecord[];
  /** Ids of those that were deleted, or that the filter does not admit any more; the list may not have had them. */
  readonly removed: readonly string[];
  /** Whether more has changed than is known of. */
  readonly missed: boolean;
  /** The same for the same changes. */
  readonly key: string;
}

export class RunList {
  readonly #store: RunStore;
  readonly #read = new ByteCache<RunChanges>(mostBytes);
  readonly #underWay = new Map<string, Promise<RunChanges>>();

  constructor(store: RunStore) {
    this.#store = store;
  }

  /** What is told first, at once, is that nothing has changed yet: from then on nothing is missed. */
  follow(filter: RunFilter, options?: ReadingOptions): RunListReader {
    const filterKey = JSON.stringify(filter);
    const read = (news: Changed, from: number) => {
      const key = JSON.stringify(['runs', filterKey, from, news.to]);
      return this.#shared(key, () => this.#changes(key, news, filter));
    };
    return new RunListReader(this.#store.changes, read, options);
  }

  /** Those who lag behind as far as others read what those have read. */
  async #shared(key: string, begin: () => Promise<RunChanges>): Promise<RunChanges> {
    const known = this.#read.get(key) ?? this.#underWay.get(key);
    if (known) return known;
    const read = begin().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, read);
    const changes = await read;
    this.#read.set(
      key,
      changes,
      changes.changed.reduce((sum, run) => sum + bytesOf(run), runBytes),
    );
    return changes;
  }

  async #changes(key: string, { runs, missed }: Changed, filter: RunFilter): Promise<RunChanges> {
    const { statuses, pinned, experiment, experimentOwner, ...lasting } = filter;
    const ids = runs.flatMap(({ id, deleted }) => (deleted ? [] : [id]));
    // All else that is asked of a run stays as it is.
    const found = new Map((await this.#store.many.among(ids, lasting)).map((run) => [run.id, run]));
    const named = typeof experiment === 'string';
    const members = named
      ? await this.#store.experiments.among(experiment, [...found.keys()], experimentOwner)
      : undefined;
    const isAdmitted = (run: RunRecord) =>
      (statuses?.includes(run.status) ?? true) &&
      (typeof pinned !== 'boolean' || run.pinned === pinned) &&
      (members?.has(run.id) ?? true);
    return {
      changed: runs.flatMap(({ id }) => found.get(id) ?? []).filter(isAdmitted),
      removed: runs.flatMap(({ id, moved, deleted, owner }) => {
        const run = found.get(id);
        // Ids of what others have had are told to nobody.
        const gone = deleted && (filter.owner === undefined || owner === filter.owner);
        return gone || (run && moved && !isAdmitted(run)) ? [id] : [];
      }),
      missed: missed || (filter.owner !== undefined && runs.some((run) => run.deleted && run.owner === undefined)),
      key,
    };
  }
}

/** Nothing waits for a slow reader: what it is told is looked up when it can be. */
export class RunListReader extends Reader<RunChanges> {
  readonly #log: ChangeLog;
  readonly #changes: (news: Changed, from: number) => Promise<RunChanges>;
  #at: number;
  #began = false;

  /** @param changes what the log tells of behind a version, as it is told */
  constructor(log: ChangeLog, changes: (news: Changed, from: number) => Promise<RunChanges>, options?: ReadingOptions) {
    super((wake) => log.signal.listen(wake), options);
    this.#log = log;
    this.#changes = changes;
    this.#at = log.version;
  }

  protected async look(): Promise<RunChanges | undefined> {
    if (!this.#began) {
      this.#began = true;
      return { changed: [], removed: [], missed: false, key: 'runs' };
    }
    for (;;) {
      if (this.#log.closed) this.stop();
      const from = this.#at;
      const news = this.#log.after(from, mostChanged);
      if (this.#log.closed || news.to === from) return undefined;
      const changes = await this.#changes(news, from);
      this.#at = news.to;
      if (changes.missed || changes.changed.length + changes.removed.length > 0) return changes;
    }
  }
}

function bytesOf({ question }: RunRecord): number {
  return runBytes + tokenBytes * question.input.inputIds.length;
}
