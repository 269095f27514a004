/** Carries whole runs out of the database, to be written into files, and those of files into it. */
import type { ChangeLog } from '../change-log.ts';
import type { EventStore } from '../event-store.ts';
import type { Transactions } from '../transactions.ts';
import { type Put, putStored, readStored, type StoredRun, type Wanted } from './stored-run.ts';

export interface RunTransferParts {
  readonly transactions: Transactions;
  readonly events: EventStore;
  /** Is told of runs that were put, and of those that have joined an experiment. */
  readonly changes: ChangeLog;
  /** Gives ids for experiments that are not there. */
  readonly newId: () => string;
  /** The clock. */
  readonly now: () => Date;
}

export class RunTransfer {
  readonly #parts: RunTransferParts;

  constructor(parts: RunTransferParts) {
    this.#parts = parts;
  }

  /** Runs with all that is stored of them, or what is wanted of it; those that are not there are left out. */
  read(ids: readonly string[], wanted?: Wanted): Promise<StoredRun[]> {
    return this.#parts.transactions.read((database) => readStored(database, ids, wanted));
  }

  /** Puts runs of elsewhere beside those that an owner has, in one transaction. @returns what became of each, in order */
  async put(runs: readonly StoredRun[], owner = ''): Promise<Put[]> {
    if (runs.length === 0) return [];
    const { transactions, events, changes, newId, now } = this.#parts;
    const written = (outcomes: readonly Put[]) =>
      outcomes.flatMap(({ id, how }, index) => {
        const what = whatOf(how, (runs[index]?.experiments.length ?? 0) > 0);
        return what ? [{ run: id, what }] : [];
      });
    const outcomes = await transactions.write(
      (transaction) => putStored(transaction, runs, owner, newId, now()),
      written,
    );
    // Somebody may have asked for its events when there was no such run.
    for (const { id, how } of outcomes) if (how === 'PUT') events.renew(id);
    for (const { run, what } of written(outcomes)) changes.note(run, what);
    return outcomes;
  }
}

/** What is told of a run that was brought. @param joins whether it belongs to experiments where it comes from */
function whatOf(how: Put['how'], joins: boolean): 'status' | 'labels' | undefined {
  if (how === 'PUT') return 'status';
  return how === 'THERE' && joins ? 'labels' : undefined;
}
