/**
 * Which runs were written last, for all who follow the list of them: each remembers how far it has read, and is told of a
 * run once, however often that has changed since. Bounded; who lags behind that far is told so.
 */
import { Signal } from '../signal.ts';

/** Changes that are kept: of about so many runs. */
const mostKept = 10_000;
/** Milliseconds for which changes that can wait are gathered. */
const gathering = 250;

/** Of a run. */
interface Latest {
  /** Its last change. */
  readonly version: number;
  /** The last one of what lists are filtered by. */
  readonly movedVersion: number;
  readonly deleted: boolean;
  readonly owner: string | undefined;
}

export interface ChangedRun {
  readonly id: string;
  /** Whether its status, its pin or its experiments may be other ones: what decides in which lists it is. */
  readonly moved: boolean;
  readonly deleted: boolean;
  /** Of one that was deleted, whose it was; absent where that is not known. */
  readonly owner?: string | undefined;
}

export interface Changed {
  /** The one first that changed first. */
  readonly runs: readonly ChangedRun[];
  /** How far that is. */
  readonly to: number;
  /** Is more behind the version than is kept? */
  readonly missed: boolean;
}

export class ChangeLog {
  /** Of what is noted, and of the end. */
  readonly signal = new Signal();
  readonly #most: number;
  /** Ids of changes, the first of the version `#first`. One is void where its run has changed again. */
  #ids: string[] = [];
  #first = 1;
  readonly #latest = new Map<string, Latest>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(most = mostKept) {
    this.#most = most;
  }

  /** Will nothing be noted any more? */
  get closed(): boolean {
    return this.#closed;
  }

  /** Of the last change. */
  get version(): number {
    return this.#first + this.#ids.length - 1;
  }

  /**
   * To be called once it is stored.
   * @param what of a run has changed; `labels` are its experiments, its pin and its note. They, and how many events it has
   *   told, can wait a moment
   * @param owner of one that was deleted: nobody can look it up any more
   */
  note(id: string, what: 'status' | 'labels' | 'events' | 'deleted', owner?: string): void {
    const version = this.version + 1;
    const movedVersion = what === 'events' ? (this.#latest.get(id)?.movedVersion ?? 0) : version;
    this.#ids.push(id);
    this.#latest.set(id, { version, movedVersion, deleted: what === 'deleted', owner });
    if (this.#ids.length >= 2 * this.#most) this.#forget(this.#most);
    if (what === 'events' || what === 'labels') this.#timer ??= setTimeout(() => this.#wake(), gathering).unref();
    else this.#wake();
  }

  /** Changes behind a version, up to `limit` of them. */
  after(version: number, limit: number): Changed {
    if (version < this.#first - 1) return { runs: [], to: this.version, missed: true };
    const runs: ChangedRun[] = [];
    let to = version;
    while (to < this.version && runs.length < limit) {
      to++;
      const id = this.#ids[to - this.#first] as string;
      const latest = this.#latest.get(id);
      if (latest?.version !== to) continue;
      const { movedVersion, deleted, owner } = latest;
      runs.push({ id, moved: movedVersion > version, deleted, ...(owner !== undefined && { owner }) });
    }
    return { runs, to, missed: false };
  }

  /** So much has changed at once that nobody is told of each: who has read less has missed something. */
  lose(): void {
    this.#first = this.version + 2;
    this.#ids = [];
    this.#latest.clear();
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.signal.wake();
  }

  /** The oldest ones. */
  #forget(count: number): void {
    const forgotten = this.#ids.slice(0, count);
    this.#ids = this.#ids.slice(count);
    this.#first += count;
    for (const id of forgotten) if ((this.#latest.get(id)?.version ?? 0) < this.#first) this.#latest.delete(id);
  }
}
