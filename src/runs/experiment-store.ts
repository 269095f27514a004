/** Experiments in the database, and which runs belong to them. */
import { inputError, unknownExperiment, unknownRun } from '../errors.ts';
import type { ChangeLog } from './change-log.ts';
import {
  type ExperimentFilter,
  type ExperimentRecord,
  experimentRecord,
  listedExperiments,
} from './experiment-list.ts';
import { idsThere, join, joined, leave } from './experiment-members.ts';
import type { ExperimentPage, RunPage } from './page.ts';
import type { RunFilter } from './run-filter.ts';
import { listed, stretchesOf } from './run-search.ts';
import { storedText } from './stored-text.ts';
import { type Transaction, type Transactions, writtenOf } from './transactions.ts';

/** What people say of an experiment; as `labels.ts` admits it. */
export interface ExperimentDetails {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** Which runs are meant: those of these ids, or those that a filter admits. */
export type MeantRuns = { readonly ids: readonly string[] } | { readonly filter: RunFilter };

/** Runs of which each is told that it belongs to other experiments; of more, that much has changed. */
const mostTold = 1000;

export class ExperimentStore {
  readonly #transactions: Transactions;
  readonly #changes: ChangeLog;
  readonly #newId: () => string;
  readonly #now: () => Date;

  /**
   * @param changes is told of runs that join and leave
   * @param newId gives ids in the order of experiments
   * @param now the clock
   */
  constructor(transactions: Transactions, changes: ChangeLog, newId: () => string, now: () => Date) {
    this.#transactions = transactions;
    this.#changes = changes;
    this.#newId = newId;
    this.#now = now;
  }

  async find(id: string): Promise<ExperimentRecord | undefined> {
    const row = await this.#transactions.read((database) => database.experiment.findUnique({ where: { id } }));
    return row ? experimentRecord(row) : undefined;
  }

  async findByName(name: string): Promise<ExperimentRecord | undefined> {
    const row = await this.#transactions.read((database) =>
      database.experiment.findUnique({ where: { owner_name: { owner: '', name } } }),
    );
    return row ? experimentRecord(row) : undefined;
  }

  /** Newest first; from the end of the list where the page is inverted, then oldest first. */
  list(page: ExperimentPage, filter: ExperimentFilter = {}): Promise<ExperimentRecord[]> {
    return this.#transactions.read((database) => listedExperiments(database, page, filter));
  }

  /** Those that a run belongs to, by name. What is asked of several runs at once is one statement. */
  async ofRun(runId: string): Promise<ExperimentRecord[]> {
    const run = await this.#transactions.read((database) =>
      database.run.findUnique({
        where: { id: runId },
        select: { experiments: { select: { experiment: true } } },
      }),
    );
    const rows = run?.experiments.map(({ experiment }) => experimentRecord(experiment)) ?? [];
    return rows.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @param field where the name stands in what was asked. @throws TributaryError INPUT for a name that is taken */
  create({ name, description, tags }: ExperimentDetails, field = 'name'): Promise<ExperimentRecord> {
    return this.#transactions.write(async (transaction) => {
      await requireFree(transaction, name, field);
      return this.#make(transaction, name, this.#now(), description, tags);
    });
  }

  /**
   * What is not given stays as it is.
   * @param field as of `create`
   * @throws TributaryError UNKNOWN_EXPERIMENT; INPUT for a name that is taken
   */
  async update(
    id: string,
    { name, description, tags }: Partial<ExperimentDetails>,
    field = 'name',
  ): Promise<ExperimentRecord> {
    const [before, after] = await this.#transactions.write(async (transaction) => {
      const before = await required(transaction, id);
      if (name !== undefined && name !== before.name) await requireFree(transaction, name, field);
      const data = {
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description: storedText(description) }),
        ...(tags !== undefined && { tags: JSON.stringify(tags) }),
      };
      return [before, experimentRecord(await transaction.experiment.update({ where: { id }, data }))] as const;
    });
    // Who follows the runs of a name has others now.
    if (after.name !== before.name) this.#changes.lose();
    return after;
  }

  /** Deletes an experiment with its sweeps; its runs stay. @throws TributaryError UNKNOWN_EXPERIMENT */
  async delete(id: string): Promise<ExperimentRecord> {
    const deleted = await this.#transactions.write(async (transaction) => {
      const experiment = await required(transaction, id);
      await transaction.experiment.delete({ where: { id } });
      return experiment;
    });
    this.#changes.lose();
    return deleted;
  }

  /**
   * Has runs join an experiment; those that are in it stay. Of ids all or none, of a filter those that were there when it
   * began, a stretch at a time.
   * @returns how many were not in it before
   * @throws TributaryError UNKNOWN_EXPERIMENT, UNKNOWN_RUN
   */
  add(id: string, meant: MeantRuns): Promise<number> {
    return this.#move(id, meant, (transaction, runIds) => join(transaction, id, runIds, this.#now()));
  }

  /** Has runs leave an experiment, otherwise as `add`. @returns how many were in it */
  async remove(id: string, meant: MeantRuns): Promise<number> {
    const { name } = await this.#transactions.read((database) => required(database, id));
    const own = 'ids' in meant ? meant : { filter: { ...meant.filter, experiment: meant.filter.experiment ?? name } };
    return this.#move(id, own, (transaction, runIds) => leave(transaction, id, runIds));
  }

  /** Those of these runs that belong to the experiment of this name. */
  async among(name: string, runIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#transactions.read((database) =>
      database.experimentRun.findMany({
        where: { experiment: { name }, runId: { in: [...runIds] } },
        select: { runId: true },
      }),
    );
    return new Set(rows.map(({ runId }) => runId));
  }

  /** Does a run belong to all experiments of these names? */
  hasJoined(runId: string, names: readonly string[]): Promise<boolean> {
    return this.#transactions.read((database) => joined(database, runId, names));
  }

  /**
   * The experiment of a name, made where it is not there: one for all who name it at once.
   * @param name as of `experimentName`
   */
  async named(transaction: Transaction, name: string, at: Date): Promise<ExperimentRecord> {
    const there = await transaction.experiment.findUnique({ where: { owner_name: { owner: '', name } } });
    return there ? experimentRecord(there) : this.#make(transaction, name, at);
  }

  /**
   * Has runs join an experiment, each once.
   * @returns those that were not in it before: once that is stored, `RunStore.changes` is to be told of them
   */
  join(transaction: Transaction, experimentId: string, runIds: readonly string[], at: Date): Promise<string[]> {
    return join(transaction, experimentId, runIds, at);
  }

  /** The same of one run and experiments by their names, which are made where they are not there. @returns whether it was not in all of them */
  async joinNamed(transaction: Transaction, runId: string, names: readonly string[], at: Date): Promise<boolean> {
    let joined = 0;
    for (const name of names) {
      const { id } = await this.named(transaction, name, at);
      joined += (await this.join(transaction, id, [runId], at)).length;
    }
    return joined > 0;
  }

  async #make(
    transaction: Transaction,
    name: string,
    createdAt: Date,
    description = '',
    tags: readonly string[] = [],
  ): Promise<ExperimentRecord> {
    const data = {
      id: this.#newId(),
      name,
      description: storedText(description),
      tags: JSON.stringify(tags),
      createdAt,
    };
    return experimentRecord(await transaction.experiment.create({ data }));
  }

  /** @param change tells which of these runs it has moved */
  async #move(
    id: string,
    meant: MeantRuns,
    change: (transaction: Transaction, runIds: readonly string[]) => Promise<string[]>,
  ): Promise<number> {
    const moved: string[] = [];
    // One that is named is missed; one that was found, and deleted meanwhile, is not.
    const move = async (runIds: readonly string[], named: boolean) => {
      const changed = await this.#transactions.write(
        async (transaction) => {
          await required(transaction, id);
          const there = await idsThere(transaction, runIds);
          const missing = runIds.find((runId) => !there.has(runId));
          if (missing !== undefined && named) throw unknownRun(missing);
          return change(transaction, [...there]);
        },
        (changed) => writtenOf(changed, 'labels'),
      );
      moved.push(...changed);
    };
    try {
      if ('ids' in meant) await move(meant.ids, true);
      else {
        const read = (page: RunPage) =>
          this.#transactions.read((database) => listed(database, this.#transactions.dialect, page, meant.filter));
        for await (const rows of stretchesOf(read)) {
          const ids = rows.map((row) => row.id);
          await move(ids, false);
        }
      }
    } finally {
      if (moved.length > mostTold) this.#changes.lose();
      else for (const runId of moved) this.#changes.note(runId, 'labels');
    }
    return moved.length;
  }
}

async function required(transaction: Transaction, id: string): Promise<ExperimentRecord> {
  const row = await transaction.experiment.findUnique({ where: { id } });
  if (!row) throw unknownExperiment(id);
  return experimentRecord(row);
}

async function requireFree(transaction: Transaction, name: string, field: string): Promise<void> {
  if ((await transaction.experiment.count({ where: { name } })) === 0) return;
  throw inputError(field, `There is an experiment ${JSON.stringify(name)} already; take another name`);
}
