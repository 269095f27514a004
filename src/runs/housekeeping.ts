/** What looks after the database as a whole: how much is in it, what may go, what was left undone, whether it works. */
import { totals, totalsOf } from './aggregates.ts';
import type { ChangeLog } from './change-log.ts';
import type { FileSize } from './dialect.ts';
import type { EventStore } from './event-store.ts';
import { type Looked, type LooseRun, looseAmong, looseStretch, type Stretch } from './loose-runs.ts';
import { runRecord } from './run-record.ts';
import type { StorageFault } from './storage-fault.ts';
import type { Transactions } from './transactions.ts';
import type { RunRecord, RunStatus } from './types.ts';

/** Of what is stored. */
export interface StoreSize extends FileSize {
  readonly runs: number;
  readonly events: number;
  readonly experiments: number;
}

export class Housekeeping {
  readonly #transactions: Transactions;
  readonly #events: EventStore;
  readonly #changes: ChangeLog;

  /** @param changes is told of runs that were deleted */
  constructor(transactions: Transactions, events: EventStore, changes: ChangeLog) {
    this.#transactions = transactions;
    this.#events = events;
    this.#changes = changes;
  }

  /** What the database takes of the disk. */
  fileSize(): Promise<FileSize> {
    const { dialect } = this.#transactions;
    return this.#transactions.read((database) => dialect.fileSize(database));
  }

  /** The same, and what there is in it. */
  size(): Promise<StoreSize> {
    const { dialect } = this.#transactions;
    return this.#transactions.read(async (database) => {
      const experiments = await database.experiment.count();
      return { ...(await dialect.fileSize(database)), ...(await totals(database, dialect)), experiments };
    });
  }

  /** What is an owner's, in bytes of what their runs tell and answer. */
  sizeOf(owner: string): Promise<StoreSize> {
    const { dialect } = this.#transactions;
    return this.#transactions.read(async (database) => {
      const experiments = await database.experiment.count({ where: { owner } });
      const { runs, events, storedBytes } = await totalsOf(database, dialect, owner);
      return { bytes: storedBytes, freeBytes: 0, runs, events, experiments };
    });
  }

  /** Bytes that the events and parts of an owner's runs take. */
  async bytesOf(owner: string): Promise<number> {
    const { dialect } = this.#transactions;
    return (await this.#transactions.read((database) => totalsOf(database, dialect, owner))).storedBytes;
  }

  /** What may be deleted of a part of all runs, unasked. */
  loose(looked: Looked): Promise<Stretch> {
    const { dialect } = this.#transactions;
    return this.#transactions.read((database) => looseStretch(database, dialect, looked));
  }

  /** Deletes those of these runs that are over, not pinned and in no experiment, with all that they told. @returns those */
  async prune(ids: readonly string[]): Promise<readonly LooseRun[]> {
    if (ids.length === 0) return [];
    const pruned = await this.#transactions.write(
      async (transaction) => {
        const loose = await looseAmong(transaction, this.#transactions.dialect, ids);
        await transaction.run.deleteMany({ where: { id: { in: loose.map(({ id }) => id) } } });
        return loose;
      },
      (loose) => loose.map(({ id, owner }) => ({ run: id, what: 'deleted', owner })),
    );
    for (const { id, owner } of pruned) {
      this.#events.forget(id);
      this.#changes.note(id, 'deleted', owner);
    }
    return pruned;
  }

  /** Runs that are neither completed nor ended otherwise. */
  async unfinished(): Promise<RunRecord[]> {
    const rows = await this.#transactions.read((database) =>
      database.run.findMany({ where: { status: { in: ['QUEUED', 'RUNNING'] satisfies RunStatus[] } } }),
    );
    return rows.map(runRecord);
  }

  /** Tries whether something can be stored. @returns why not */
  fault(): Promise<StorageFault | undefined> {
    return this.#transactions.fault();
  }
}
