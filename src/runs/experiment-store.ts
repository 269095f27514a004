/** Experiments in the database, and which runs belong to them. */
import type { Prisma } from './generated/client.ts';
import type { Transactions } from './transactions.ts';

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

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
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
}

function experimentRecord({ tags, ...row }: Prisma.ExperimentGetPayload<object>): ExperimentRecord {
  return { ...row, tags: JSON.parse(tags) as string[] };
}
