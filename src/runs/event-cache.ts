/**
 * Events as they were read, decoded, for all who follow a run: in the moment when it tells something, they want the same
 * row. Those that were read are kept, as many bytes of them as may be, until figures are added to them; a read under way
 * is joined; and where a run has told nothing more yet, that is known until it does.
 */
import { ByteCache } from '../byte-cache.ts';
import type { StoredEvent } from './types.ts';

const mostBytes = 16e6;
const mostEnds = 10_000;

export class EventCache {
  readonly #read = new ByteCache<StoredEvent>(mostBytes);
  /** By run, then by place in it. */
  readonly #underWay = new Map<string, Map<number, Promise<StoredEvent | undefined>>>();
  /** Of runs that have told nothing after this place. */
  readonly #ends = new Map<string, number>();

  /** @param place the event that is wanted follows it */
  read(
    runId: string,
    place: number,
    begin: () => Promise<StoredEvent | undefined>,
  ): StoredEvent | undefined | Promise<StoredEvent | undefined> {
    const known = this.#read.get(`${runId} ${place}`);
    if (known) return known;
    if (place >= (this.#ends.get(runId) ?? Number.POSITIVE_INFINITY)) return undefined;
    const reads = this.#underWay.get(runId) ?? new Map<number, Promise<StoredEvent | undefined>>();
    this.#underWay.set(runId, reads);
    const joined = reads.get(place);
    if (joined) return joined;
    const read = begin()
      .then((found) => {
        // Not after the run was renewed or forgotten: it may have been less than there is by now, or more.
        if (this.#underWay.get(runId) === reads) this.#keep(runId, place, found);
        return found;
      })
      .finally(() => {
        reads.delete(place);
        if (reads.size === 0 && this.#underWay.get(runId) === reads) this.#underWay.delete(runId);
      });
    reads.set(place, read);
    return read;
  }

  /**
   * To be called when rows were written, before anyone is told: a read that began earlier may have seen less. Whoever
   * joined it then would wait for a signal that has been given already.
   */
  renew(runId: string): void {
    this.#underWay.delete(runId);
    this.#ends.delete(runId);
  }

  /** To be called when the run was deleted, or its events have other figures. */
  forget(runId: string): void {
    this.renew(runId);
    this.#read.deleteAll(`${runId} `);
  }

  /** To be called when it is not known which runs others may have written. */
  forgetAll(): void {
    this.#underWay.clear();
    this.#ends.clear();
    this.#read.clear();
  }

  #keep(runId: string, place: number, found: StoredEvent | undefined): void {
    if (found) this.#read.set(`${runId} ${place}`, found, bytesOf(found));
    else {
      this.#ends.set(runId, place);
      for (const oldest of this.#ends.keys()) {
        if (this.#ends.size <= mostEnds) break;
        this.#ends.delete(oldest);
      }
    }
  }
}

/** What a value takes in memory, roughly. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return 100 + value.byteLength;
  return Object.values(value).reduce((sum, part) => sum + 8 + bytesOf(part), 50);
}
