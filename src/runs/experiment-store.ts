/** Experiments in the database, and which runs belong to them. */
import type { Prisma } from './generated/client.ts';
import type { Transaction, Transactions } from './transactions.ts';

/** Runs that belong together, under a name. */
export interface ExperimentRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly createdAt: Date;
}

export class ExperimentStore {
  readonly #transactions: Transactions;
  readonly #newId: () => string;

  constructor(transactions: Transactions, newId: () => string) {
    this.#transactions = transactions;
    this.#newId = newId;
  }

  async find(id: string): Promise<ExperimentRecord | undefined> {
    const row = await this.#transactions.read((database) => database.experiment.findUnique({ where: { id } }));
    return row ? experimentRecord(row) : undefined;
  }

  /** Newest first. */
  async list(): Promise<ExperimentRecord[]> {
    const rows = await this.#transactions.read((database) =>
      database.experiment.findMany({ orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] }),
    );
    return rows.map(experimentRecord);
  }

  /** Those that a run belongs to, by name. */
  async ofRun(runId: string): Promise<ExperimentRecord[]> {
    const rows = await this.#transactions.read((database) =>
      database.experiment.findMany({ where: { members: { some: { runId } } }, orderBy: { name: 'asc' } }),
    );
    return rows.map(experimentRecord);
  }

  /** The experiment of a name, made where it is not there. */
  async named(transaction: Transaction, name: string, createdAt: Date): Promise<ExperimentRecord> {
    const there = await transaction.experiment.findUnique({ where: { name } });
    return experimentRecord(
      there ?? (await transaction.experiment.create({ data: { id: this.#newId(), name, createdAt } })),
    );
  }
}

function experimentRecord({ tags, ...row }: Prisma.ExperimentGetPayload<object>): ExperimentRecord {
  return { ...row, tags: JSON.parse(tags) as string[] };
}
