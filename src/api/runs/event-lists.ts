import { createContextCache } from '@pothos/core';
import type { OwnRuns } from '../../runs/own-runs.ts';
import type { EventPage } from '../../runs/page.ts';
import type { RunRecord, StoredEvent } from '../../runs/types.ts';

/**
 * The lists of events that one request reads, under whatever ids and aliases: the same list once for all who want it
 * together, and different ones in turn, so that one at a time is in memory beside the answer.
 */
class EventLists {
  readonly #lists = new Map<string, Promise<StoredEvent[]>>();
  #last: Promise<unknown> = Promise.resolve();
  #lastKey: string | undefined;

  read(runs: OwnRuns, run: RunRecord, page: EventPage): Promise<StoredEvent[]> {
    const key = `${run.id} ${JSON.stringify(page)}`;
    const known = this.#lists.get(key);
    if (known) return known;
    const list = this.#last.then(() => {
      if (this.#lastKey !== undefined) this.#lists.delete(this.#lastKey);
      this.#lastKey = key;
      return runs.eventsOf(run, page);
    });
    this.#lists.set(key, list);
    this.#last = list.catch(() => undefined);
    return list;
  }
}

export const eventListsOf = createContextCache(() => new EventLists());
