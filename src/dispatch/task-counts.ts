/** How many tasks there are, of whom, and how long they wait. */
import { type JobCounts, shareOf } from '../jobs/shares.ts';
import type { Transaction, Transactions } from '../runs/transactions.ts';
import type { Task } from './task.ts';

const waits = { worker: null, answer: null };
const taken = { NOT: { worker: null }, answer: null };

/** How many wait: of all, of one client, and in its share. */
export interface Waiting {
  readonly client: string;
  readonly all: number;
  readonly own: number;
  readonly inShare: number;
}

/** A task that waits. */
export interface Queued extends Pick<Task, 'revision' | 'modelName'> {
  /** Tasks of the same model that wait, and come before it; and those that workers have. */
  readonly before: number;
  readonly taken: number;
  /** Its share has as many tasks at workers as it may. */
  readonly shareFull: boolean;
}

export class TaskCounts {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** Of these revisions, for how many milliseconds the oldest task that waits, and may be taken, has done so. */
  async waits(revisions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#transactions.read(
      (database) => database.$queryRaw<{ revision: string; age: number }[]>`
        SELECT "revision", CAST(1000 * EXTRACT(EPOCH FROM now() AT TIME ZONE 'UTC' - MIN("createdAt")) AS DOUBLE PRECISION) AS "age"
        FROM "Task" WHERE "worker" IS NULL AND "answer" IS NULL AND "share" NOT IN (
          SELECT "share" FROM "Task" WHERE "worker" IS NOT NULL AND "answer" IS NULL
          GROUP BY "share" HAVING COUNT(*) >= MIN("mostTaken"))
        GROUP BY "revision"`,
    );
    const meant = new Set(revisions);
    return new Map(rows.filter(({ revision }) => meant.has(revision)).map(({ revision, age }) => [revision, age]));
  }

  /** Undefined for one that does not wait. */
  async queued(id: string): Promise<Queued | undefined> {
    return this.#transactions.read(async (database) => {
      const task = await database.task.findUnique({ where: { id, worker: null, answer: null } });
      if (!task) return undefined;
      const { revision, modelName, createdAt, share, mostTaken } = task;
      const before = await database.task.count({
        where: { ...waits, revision, OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] },
      });
      const shareFull = mostTaken !== null && (await database.task.count({ where: { ...taken, share } })) >= mostTaken;
      return {
        revision,
        modelName,
        before,
        taken: await database.task.count({ where: { ...taken, revision } }),
        shareFull,
      };
    });
  }

  /** How many wait. */
  waiting(client: string): Promise<Waiting> {
    return this.#transactions.read((database) => waitingIn(database, client));
  }

  /** Of the share that a client is in. */
  async countsOf(client: string): Promise<JobCounts> {
    const share = shareOf(client);
    return this.#transactions.read(async (database) => ({
      running: await database.task.count({ where: { ...taken, share } }),
      waiting: await database.task.count({ where: { ...waits, share } }),
    }));
  }
}

export async function waitingIn(transaction: Transaction, client: string): Promise<Waiting> {
  const all = await transaction.task.count({ where: waits });
  if (all === 0) return { client, all, own: 0, inShare: 0 };
  const own = await transaction.task.count({ where: { ...waits, client } });
  return { client, all, own, inShare: await transaction.task.count({ where: { ...waits, share: shareOf(client) } }) };
}

/** Shares that have as many tasks at workers as they may. */
export async function fullShares(transaction: Transaction): Promise<string[]> {
  const rows = await transaction.$queryRaw<{ share: string }[]>`
    SELECT "share" FROM "Task" WHERE "worker" IS NOT NULL AND "answer" IS NULL
    GROUP BY "share" HAVING COUNT(*) >= MIN("mostTaken")`;
  return rows.map(({ share }) => share);
}
