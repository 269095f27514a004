/** Carries whole runs out of the database, to be written into files, and those of files into it. */
import type { ChangeLog } from '../change-log.ts';
import type { EventStore } from '../event-store.ts';
import type { Transactions, WrittenOfRun } from '../transactions.ts';
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

  /** Puts runs of elsewhere beside those that are there, in one transaction. @returns what became of each, in order */
  async put(runs: readonly StoredRun[]): Promise<Put[]> {
    if (runs.length === 0) return [];
    const { transactions, events, changes, newId, now } = this.#parts;
    const outcomes = await transactions.write(
      (transaction) => putStored(transaction, runs, newId, now()),
      (outcomes) =>
        runs.flatMap(({ run, experiments }, index) => {
          const what = whatOf(outcomes[index], experiments.length > 0);
          return what ? [{ run: run.id, what }] : [];
        }),
    );
    for (const [index, { run, experiments }] of runs.entries()) {
      const outcome = outcomes[index];
      // Somebody may have asked for its events when there was no such run.
      if (outcome === 'PUT') events.renew(run.id);
      const what = whatOf(outcome, experiments.length > 0);
      if (what) changes.note(run.id, what);
    }
    return outcomes;
  }
}

/** What is told of a run that was brought. @param joins whether it belongs to experiments where it comes from */
function whatOf(outcome: Put | undefined, joins: boolean): WrittenOfRun | undefined {
  if (outcome === 'PUT') return 'status';
  return outcome === 'THERE' && joins ? 'labels' : undefined;
}
