/** Experiments in the database, and which runs belong to them. */
import { inputError, unknownExperiment, unknownRun } from '../errors.ts';
import { type Access, changes, everybody, ownedBy, reached, readOnly, reads } from './access.ts';
import type { ChangeLog } from './change-log.ts';
import {
  type ExperimentFilter,
  type ExperimentRecord,
  experimentRecord,
  listedExperiments,
} from './experiment-list.ts';
import { join, joined, leave, runsThere } from './experiment-members.ts';
import type { ExperimentPage, RunPage } from './page.ts';
import type { RunFilter } from './run-filter.ts';
import { listed, stretchesOf } from './run-search.ts';
import { storedText } from './stored-text.ts';
import { type Transaction, type Transactions, writtenOf } from './transactions.ts';
import type { RunRecord } from './types.ts';

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
  readonly #access: Access;

  /**
   * @param changes is told of runs that join and leave
   * @param newId gives ids in the order of experiments
   * @param now the clock
   * @param access whose experiments are reached
   */
  constructor(
    transactions: Transactions,
    changes: ChangeLog,
    newId: () => string,
    now: () => Date,
    access: Access = everybody,
  ) {
    this.#access = access;
    this.#transactions = transactions;
    this.#changes = changes;
    this.#newId = newId;
    this.#now = now;
  }

  /** The same of what others reach. */
  of(access: Access): ExperimentStore {
    return new ExperimentStore(this.#transactions, this.#changes, this.#newId, this.#now, access);
  }

  async find(id: string): Promise<ExperimentRecord | undefined> {
    const where = { id, ...ownedBy(this.#access) };
    const row = await this.#transactions.read((database) => database.experiment.findUnique({ where }));
    return row ? experimentRecord(row) : undefined;
  }

  /** One's own: others may have experiments of the same name. */
  async findByName(name: string): Promise<ExperimentRecord | undefined> {
    const { owner } = this.#access;
    const row = await this.#transactions.read((database) =>
      database.experiment.findUnique({ where: { owner_name: { owner, name } } }),
    );
    return row ? experimentRecord(row) : undefined;
  }

  /** Newest first; from the end of the list where the page is inverted, then oldest first. */
  list(page: ExperimentPage, filter: ExperimentFilter = {}): Promise<ExperimentRecord[]> {
    return this.#transactions.read((database) => listedExperiments(database, page, filter, this.#access));
  }

  /** Those that a run belongs to, by name. What is asked of several runs at once is one statement. */
  async ofRun(runId: string): Promise<ExperimentRecord[]> {
    const experiments = { where: { experiment: ownedBy(this.#access) }, select: { experiment: true } } as const;
    const run = await this.#transactions.read((database) =>
      database.run.findUnique({ where: { id: runId }, select: { experiments } }),
    );
    const rows = run?.experiments.map(({ experiment }) => experimentRecord(experiment)) ?? [];
    return rows.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @param field where the name stands in what was asked. @throws TributaryError INPUT for a name that is taken */
  create({ name, description, tags }: ExperimentDetails, field = 'name'): Promise<ExperimentRecord> {
    const { owner } = this.#access;
    return this.#transactions.write(async (transaction) => {
      await requireFree(transaction, owner, name, field);
      return this.#make(transaction, owner, name, this.#now(), description, tags);
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
    const { after, renamed } = await this.#transactions.write(
      async (transaction) => {
        const before = await this.#required(transaction, id);
        const renamed = name !== undefined && name !== before.name;
        if (renamed) await requireFree(transaction, before.owner, name, field);
        const data = {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description: storedText(description) }),
          ...(tags !== undefined && { tags: JSON.stringify(tags) }),
        };
        return { after: experimentRecord(await transaction.experiment.update({ where: { id }, data })), renamed };
      },
      ({ renamed }) => (renamed ? [{ runs: 'changed' }] : []),
    );
    // Who follows the runs of a name has others now.
    if (renamed) this.#changes.lose();
    return after;
  }

  /** Deletes an experiment with its sweeps; its runs stay. @throws TributaryError UNKNOWN_EXPERIMENT */
  async delete(id: string): Promise<ExperimentRecord> {
    const deleted = await this.#transactions.write(
      async (transaction) => {
        const experiment = await this.#required(transaction, id);
        await transaction.experiment.delete({ where: { id } });
        return experiment;
      },
      () => [{ runs: 'changed' }],
    );
    this.#changes.lose();
    return deleted;
  }

  /**
   * Has runs join an experiment; those that are in it stay. Of ids all or none, of a filter those that were there when it
   * began, a stretch at a time. They are runs of its owner.
   * @returns how many were not in it before
   * @throws TributaryError UNKNOWN_EXPERIMENT, UNKNOWN_RUN, READ_ONLY for a run that is shared by somebody else
   */
  add(id: string, meant: MeantRuns): Promise<number> {
    return this.#move(id, meant, (transaction, runIds) => join(transaction, id, runIds, this.#now()));
  }

  /** Has runs leave an experiment, otherwise as `add`. @returns how many were in it */
  async remove(id: string, meant: MeantRuns): Promise<number> {
    const { name, owner } = await this.#transactions.read((database) => this.#required(database, id));
    const ofIt =
      'ids' in meant || typeof meant.filter.experiment === 'string' ? {} : { experiment: name, experimentOwner: owner };
    const own = 'ids' in meant ? meant : { filter: { ...meant.filter, ...ofIt } };
    return this.#move(id, own, (transaction, runIds) => leave(transaction, id, runIds));
  }

  /** Those of these runs that belong to the experiment of this name. @param owner whose it is */
  async among(name: string, runIds: readonly string[], owner = this.#access.owner): Promise<ReadonlySet<string>> {
    const rows = await this.#transactions.read((database) =>
      database.experimentRun.findMany({
        where: { experiment: { owner, name }, runId: { in: [...runIds] } },
        select: { runId: true },
      }),
    );
    return new Set(rows.map(({ runId }) => runId));
  }

  /** Does a run belong to all experiments of these names of an owner? */
  hasJoined(runId: string, names: readonly string[], owner = ''): Promise<boolean> {
    return this.#transactions.read((database) => joined(database, runId, names, owner));
  }

  /**
   * The experiment of a name, made where it is not there: one for all who name it at once.
   * @param name as of `experimentName`
   */
  async named(transaction: Transaction, name: string, at: Date, owner = ''): Promise<ExperimentRecord> {
    const there = await transaction.experiment.findUnique({ where: { owner_name: { owner, name } } });
    return there ? experimentRecord(there) : this.#make(transaction, owner, name, at);
  }

  /**
   * Has runs join an experiment, each once.
   * @returns those that were not in it before: once that is stored, `RunStore.changes` is to be told of them
   */
  join(transaction: Transaction, experimentId: string, runIds: readonly string[], at: Date): Promise<string[]> {
    return join(transaction, experimentId, runIds, at);
  }

  /** The same of one run and experiments by their names, which are made where they are not there. @returns whether it was not in all of them */
  async joinNamed(
    transaction: Transaction,
    runId: string,
    names: readonly string[],
    at: Date,
    owner = '',
  ): Promise<boolean> {
    let joined = 0;
    for (const name of names) {
      const { id } = await this.named(transaction, name, at, owner);
      joined += (await this.join(transaction, id, [runId], at)).length;
    }
    return joined > 0;
  }

  async #make(
    transaction: Transaction,
    owner: string,
    name: string,
    createdAt: Date,
    description = '',
    tags: readonly string[] = [],
  ): Promise<ExperimentRecord> {
    const data = {
      id: this.#newId(),
      owner,
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
          const { owner } = await this.#required(transaction, id);
          const there = await runsThere(transaction, runIds);
          if (named) for (const runId of runIds) this.#requireOf(owner, runId, there.get(runId));
          return change(
            transaction,
            [...there.keys()].filter((runId) => there.get(runId)?.owner === owner),
          );
        },
        (changed) => (changed.length > mostTold ? [{ runs: 'changed' }] : writtenOf(changed, 'labels')),
      );
      moved.push(...changed);
    };
    try {
      if ('ids' in meant) await move(meant.ids, true);
      else {
        const filter = reached(meant.filter, this.#access);
        const { dialect } = this.#transactions;
        const read = (page: RunPage) => this.#transactions.read((database) => listed(database, dialect, page, filter));
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

  async #required(transaction: Transaction, id: string): Promise<ExperimentRecord> {
    const row = await transaction.experiment.findUnique({ where: { id, ...ownedBy(this.#access) } });
    if (!row) throw unknownExperiment(id);
    return experimentRecord(row);
  }

  /** @param owner of the experiment @throws TributaryError UNKNOWN_RUN, READ_ONLY; INPUT for a run of another owner */
  #requireOf(owner: string, runId: string, run: Pick<RunRecord, 'owner' | 'shared'> | undefined): void {
    if (!run || !reads(this.#access, run)) throw unknownRun(runId);
    if (!changes(this.#access, run)) throw readOnly(runId);
    if (run.owner !== owner)
      throw inputError('input.runs', `Run ${runId} is not of the owner of the experiment; name runs that are`);
  }
}

async function requireFree(transaction: Transaction, owner: string, name: string, field: string): Promise<void> {
  if ((await transaction.experiment.count({ where: { owner, name } })) === 0) return;
  throw inputError(field, `There is an experiment ${JSON.stringify(name)} already; take another name`);
}
