/** Tasks in the database: put by servers, taken by workers, each step in one transaction with the queue that it is in. */
import type { Note } from '../cluster/notes.ts';
import { type JobCounts, shareOf } from '../jobs/shares.ts';
import { computedHere } from '../runs/profile.ts';
import type { Transaction, Transactions } from '../runs/transactions.ts';
import type { JobQueues } from './job-queues.ts';
import { readBack, type TakenTask, type Task, type TaskAnswer, type TaskStep, type TaskWork, written } from './task.ts';

/** Of those that come back to the queue: they have waited already. */
const ahead = 1_000_000;

export interface TasksParts {
  readonly transactions: Transactions;
  readonly queues: JobQueues;
  /** Tells the other processes in the same transaction. */
  readonly tell: (transaction: Transaction, ...notes: readonly Note[]) => Promise<void>;
  /** The id of this process as a member. */
  readonly member: () => string;
}

const waits = { worker: null, answer: null };

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
}

/** A task of which all attempts were lost. */
export interface GivenUp {
  readonly taskId: string;
  readonly runIds: readonly string[];
}

/** What has become of a task whose answer is waited for. */
export interface TaskLook {
  /** False: nobody will ever answer it. */
  readonly isThere: boolean;
  readonly steps: readonly TaskStep[];
  readonly answer: TaskAnswer | undefined;
}

export class Tasks {
  readonly #parts: TasksParts;

  constructor(parts: TasksParts) {
    this.#parts = parts;
  }

  /** @param admit is told how many wait, and throws where there is no place for one more */
  async put({ id, work, ...task }: Task, admit: (waiting: Waiting) => void): Promise<void> {
    const { transactions, queues, tell, member } = this.#parts;
    await queues.make(task.revision);
    await transactions.write(async (transaction) => {
      const waiting = await waitingIn(transaction, task.client);
      admit(waiting);
      // By the clock of the database: other machines ask how long it has waited.
      await transaction.$executeRaw`
        INSERT INTO "Task" ("id", "server", "revision", "modelName", "client", "work", "createdAt") VALUES (
          ${id}, ${member()}, ${task.revision}, ${task.modelName}, ${task.client}, ${Buffer.from(written(work))},
          now() AT TIME ZONE 'UTC')`;
      if (work.type === 'runs')
        await transaction.taskRun.createMany({ data: work.runs.map((run) => ({ runId: run.id, taskId: id })) });
      await queues.put(transaction, task.revision, id, { priority: -waiting.own });
      await tell(transaction, { task: id, what: 'new' });
    });
  }

  /** The task whose turn it is of a model: it, and its runs, are this worker's from then on. */
  async take(revision: string): Promise<TakenTask | undefined> {
    const { transactions, queues, tell, member } = this.#parts;
    await queues.make(revision);
    return transactions.write(async (transaction) => {
      for (;;) {
        const id = await queues.take(transaction, revision);
        if (id === undefined) return undefined;
        const data = { worker: member(), attempt: { increment: 1 } };
        await transaction.task.updateMany({ where: { id, worker: null }, data });
        const row = await transaction.task.findUnique({ where: { id, worker: member() } });
        // Withdrawn, with its job or in the moment in which that was taken.
        if (!row) await queues.remove(transaction, revision, id);
        else {
          const { modelName, client, attempt, work } = row;
          const runIds = await runsOf(transaction, id);
          await transaction.run.updateMany({
            where: { id: { in: runIds } },
            data: { ...computedHere, worker: member(), attempt },
          });
          await tell(transaction, { task: id, what: 'taken' });
          return { id, revision, modelName, client, attempt, work: readBack<TaskWork>(work) };
        }
      }
    });
  }

  /** Steps of a job, behind those that it has told. @returns whether it is still this worker's */
  async step({ id, attempt }: TakenTask, from: number, steps: readonly TaskStep[]): Promise<boolean> {
    const { transactions, tell, member } = this.#parts;
    return transactions.write(async (transaction) => {
      if (!(await holds(transaction, id, attempt, member()))) return false;
      const data = steps.map((step, index) => ({ taskId: id, sequence: from + index, step: written(step) }));
      await transaction.taskStep.createMany({ data });
      await tell(transaction, { task: id, what: 'step' });
      return true;
    });
  }

  /** The answer of a job; one that another worker has taken since takes none. */
  async answer({ id, revision, attempt }: TakenTask, answer: TaskAnswer): Promise<void> {
    const { transactions, queues, tell, member } = this.#parts;
    await transactions.write(async (transaction) => {
      if (!(await holds(transaction, id, attempt, member()))) return;
      await transaction.task.updateMany({ where: { id }, data: { answer: written(answer) } });
      await queues.remove(transaction, revision, id);
      await tell(transaction, { task: id, what: 'answer' });
    });
  }

  /** All of its runs are over. */
  async finish({ id, revision, attempt }: TakenTask): Promise<void> {
    const { transactions, queues, member } = this.#parts;
    await transactions.write(async (transaction) => {
      if (!(await holds(transaction, id, attempt, member()))) return;
      await transaction.task.deleteMany({ where: { id } });
      await queues.remove(transaction, revision, id);
    });
  }

  /** Gives a task back to the queue as if it had not been taken. @param after seconds for which nobody takes it */
  async giveBack({ id, revision, attempt }: TakenTask, after = 0): Promise<void> {
    const { transactions, member } = this.#parts;
    await transactions.write(async (transaction) => {
      if (!(await holds(transaction, id, attempt, member()))) return;
      await transaction.task.updateMany({ where: { id }, data: { worker: null, attempt: { decrement: 1 } } });
      await this.#putBack(transaction, id, revision, after);
    });
  }

  /**
   * Takes tasks from a worker that is lost, or does not do them: each goes back to the queue.
   * @param ids absent: all that it has @returns those that were taken so often that they are to be given up
   */
  async takeBack(worker: string, mostAttempts: number, ids?: readonly string[]): Promise<{ givenUp: GivenUp[] }> {
    const { transactions } = this.#parts;
    const where = { worker, answer: null, ...(ids && { id: { in: [...ids] } }) };
    const rows = await transactions.read((database) => database.task.findMany({ where, include: { runs: true } }));
    for (const { id, revision, attempt } of rows.filter((row) => row.attempt < mostAttempts))
      await transactions.write(async (transaction) => {
        const { count } = await transaction.task.updateMany({ where: { id, worker, attempt }, data: { worker: null } });
        if (count === 0) return;
        await transaction.taskStep.deleteMany({ where: { taskId: id } });
        await this.#putBack(transaction, id, revision, 0);
      });
    const givenUp = rows.filter(({ attempt }) => attempt >= mostAttempts);
    return { givenUp: givenUp.map(({ id, runs }) => ({ taskId: id, runIds: runs.map(({ runId }) => runId) })) };
  }

  /** Of a task that nobody is to take again: its runs have an end, whoever waits for a job is told this. */
  async giveUp(id: string, answer: TaskAnswer): Promise<void> {
    const { transactions, queues, tell } = this.#parts;
    await transactions.write(async (transaction) => {
      const row = await transaction.task.findUnique({ where: { id }, select: { revision: true, runs: true } });
      if (!row) return;
      if (row.runs.length > 0) await transaction.task.deleteMany({ where: { id } });
      else await transaction.task.updateMany({ where: { id }, data: { answer: written(answer) } });
      await queues.remove(transaction, row.revision, id);
      await tell(transaction, { task: id, what: 'answer' });
    });
  }

  /** Of a job that nobody waits for: taken or not, it is no more. Its worker is told. */
  async withdraw(id: string): Promise<void> {
    const { transactions, queues, tell } = this.#parts;
    await transactions.write(async (transaction) => {
      const row = await transaction.task.findUnique({ where: { id }, select: { revision: true } });
      if (!row) return;
      await transaction.task.deleteMany({ where: { id } });
      await queues.remove(transaction, row.revision, id);
      await tell(transaction, { task: id, what: 'cancel' });
    });
  }

  /** Jobs of servers that are lost: nobody waits for them. */
  async withdrawOf(server: string): Promise<void> {
    const where = { server, runs: { none: {} } };
    const left = await this.#parts.transactions.read((database) =>
      database.task.findMany({ where, select: { id: true } }),
    );
    for (const { id } of left) await this.withdraw(id);
  }

  /** A run that is about to end otherwise is not waited for by a task that nobody has taken. */
  async leave(runId: string): Promise<void> {
    const { transactions, queues } = this.#parts;
    await transactions.write(async (transaction) => {
      const run = await transaction.taskRun.findUnique({
        where: { runId },
        include: { task: { include: { runs: true } } },
      });
      if (!run || run.task.worker !== null) return;
      const { id, revision, runs } = run.task;
      await transaction.taskRun.deleteMany({ where: { runId } });
      if (runs.length > 1) return;
      await transaction.task.deleteMany({ where: { id, worker: null } });
      await queues.remove(transaction, revision, id);
    });
  }

  /** @param after the steps that are known already */
  async look(id: string, after: number): Promise<TaskLook> {
    const select = {
      answer: true,
      steps: { where: { sequence: { gte: after } }, orderBy: { sequence: 'asc' } },
    } as const;
    const row = await this.#parts.transactions.read((database) => database.task.findUnique({ where: { id }, select }));
    return {
      isThere: row !== null,
      steps: row?.steps.map(({ step }) => readBack<TaskStep>(step)) ?? [],
      answer: row?.answer ? readBack<TaskAnswer>(row.answer) : undefined,
    };
  }

  /** Once its answer is read. */
  async forget(id: string): Promise<void> {
    await this.#parts.transactions.writeOne((database) => database.task.deleteMany({ where: { id } }));
  }

  /** Those that this process has taken and not answered, as the database has it. */
  async standing(): Promise<ReadonlySet<string>> {
    const where = { worker: this.#parts.member(), answer: null };
    const rows = await this.#parts.transactions.read((database) =>
      database.task.findMany({ where, select: { id: true } }),
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Of these revisions, for how many milliseconds the oldest task that waits has done so. */
  async waits(revisions: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#parts.transactions.read(
      (database) => database.$queryRaw<{ revision: string; age: number }[]>`
        SELECT "revision", CAST(1000 * EXTRACT(EPOCH FROM now() AT TIME ZONE 'UTC' - MIN("createdAt")) AS DOUBLE PRECISION) AS "age"
        FROM "Task" WHERE "worker" IS NULL AND "answer" IS NULL GROUP BY "revision"`,
    );
    const meant = new Set(revisions);
    return new Map(rows.filter(({ revision }) => meant.has(revision)).map(({ revision, age }) => [revision, age]));
  }

  /** Undefined for one that does not wait. */
  async queued(id: string): Promise<Queued | undefined> {
    return this.#parts.transactions.read(async (database) => {
      const task = await database.task.findUnique({ where: { id, worker: null, answer: null } });
      if (!task) return undefined;
      const { revision, modelName, createdAt } = task;
      const before = await database.task.count({
        where: {
          revision,
          worker: null,
          answer: null,
          OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }],
        },
      });
      const taken = await database.task.count({ where: { revision, answer: null, NOT: { worker: null } } });
      return { revision, modelName, before, taken };
    });
  }

  /** How many wait. */
  waiting(client: string): Promise<Waiting> {
    return this.#parts.transactions.read((database) => waitingIn(database, client));
  }

  /** Of the share that a client is in. */
  async countsOf(client: string): Promise<JobCounts> {
    return this.#parts.transactions.read(async (database) => ({
      running: await database.task.count({ where: { answer: null, NOT: { worker: null }, ...inShareOf(client) } }),
      waiting: await database.task.count({ where: { ...waits, ...inShareOf(client) } }),
    }));
  }

  async #putBack(transaction: Transaction, id: string, revision: string, after: number): Promise<void> {
    const { queues, tell } = this.#parts;
    await queues.remove(transaction, revision, id);
    await queues.put(transaction, revision, id, { priority: ahead, after });
    await tell(transaction, { task: id, what: 'new' });
  }
}

async function waitingIn(transaction: Transaction, client: string): Promise<Waiting> {
  const all = await transaction.task.count({ where: waits });
  if (all === 0) return { client, all, own: 0, inShare: 0 };
  const own = await transaction.task.count({ where: { ...waits, client } });
  return { client, all, own, inShare: await transaction.task.count({ where: { ...waits, ...inShareOf(client) } }) };
}

/** Clients of one share: a share by itself, and each of its sockets. */
function inShareOf(client: string) {
  const share = shareOf(client);
  return { OR: [{ client: share }, { client: { startsWith: `${share} socket ` } }] };
}

/** Locks the row: whoever would take it from the worker waits for the end of the transaction. */
async function holds(transaction: Transaction, id: string, attempt: number, worker: string): Promise<boolean> {
  const { count } = await transaction.task.updateMany({ where: { id, attempt, worker }, data: { worker } });
  return count > 0;
}

async function runsOf(transaction: Transaction, taskId: string): Promise<string[]> {
  const rows = await transaction.taskRun.findMany({ where: { taskId }, select: { runId: true } });
  return rows.map(({ runId }) => runId);
}
