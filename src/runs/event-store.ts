/** The stored events of runs, read: page by page, or one after the other by all who follow a run. */
import { EventCache } from './event-cache.ts';
import type { EventPage } from './page.ts';
import { storedEvent } from './rows.ts';
import type { Transactions } from './transactions.ts';
import type { StoredEvent } from './types.ts';

export class EventStore {
  readonly #transactions: Transactions;
  readonly #cache = new EventCache();
  #onStored: (events: number, seconds: number) => void = () => undefined;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** The first event after `after`, if it is there. Shared by all who ask for it: nobody changes it. */
  async next(runId: string, after: number | undefined): Promise<StoredEvent | undefined> {
    const place = Math.max(after ?? -1, -1);
    return this.#cache.read(runId, place, async () => (await this.page(runId, { after: place, limit: 1 }))[0]);
  }

  /** In order; from the last one back where the page is inverted. */
  async page(runId: string, { limit, after, before, inverted = false }: EventPage): Promise<StoredEvent[]> {
    const rows = await this.#transactions.read((database) =>
      database.event.findMany({
        where: { runId, sequence: { gt: after ?? -1, ...(before !== undefined && { lt: before }) } },
        orderBy: { sequence: inverted ? 'desc' : 'asc' },
        take: limit,
      }),
    );
    return rows.map(storedEvent);
  }

  /** @param listener told of events that were stored, and of the seconds that it took */
  whenStored(listener: (events: number, seconds: number) => void): void {
    this.#onStored = listener;
  }

  /** To be called when events of a run were stored, before anyone is told. @param began in milliseconds of `performance.now()` */
  stored(runId: string, events: number, began: number): void {
    this.renew(runId);
    if (events > 0) this.#onStored(events, (performance.now() - began) / 1000);
  }

  /** To be called when a run was written, before anyone is told. */
  renew(runId: string): void {
    this.#cache.renew(runId);
  }

  /** To be called when a run was deleted, or its events have other figures. */
  forget(runId: string): void {
    this.#cache.forget(runId);
  }

  /** To be called when it is not known which runs others may have written. */
  forgetAll(): void {
    this.#cache.forgetAll();
  }
}
