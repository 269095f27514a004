/** Tasks as workers have them: taken, answered, given back; and taken back from those that are lost. */
import { computedHere } from '../runs/profile.ts';
import type { Transaction } from '../runs/transactions.ts';
import {
  mostAttempts,
  readBack,
  type TakenTask,
  type TaskAnswer,
  type TaskStep,
  type TaskWork,
  written,
} from './task.ts';
import { fullShares } from './task-counts.ts';
import { madeRoom, type TasksParts } from './tasks-parts.ts';

/** Of those that come back to the queue: they have waited already. */
const ahead = 1_000_000;

/** A task of which all attempts were lost. */
export interface GivenUp {
  readonly taskId: string;
  readonly runIds: readonly string[];
}

/** Whose tasks are taken back: those of a worker that is lost, and of any that nobody knows any more; or some of a worker's. */
export type TakenFrom = { readonly lost: string } | { readonly worker: string; readonly ids: readonly string[] };

interface Row {
  readonly id: string;
  readonly revision: string;
  readonly share: string;
  readonly worker: string;
  readonly attempt: number;
}

/** The share of a task turned out to have its part while it was being taken: nothing of that is stored. */
class ShareFull extends Error {}

export class TakenTasks {
  readonly #parts: TasksParts;

  constructor(parts: TasksParts) {
    this.#parts = parts;
  }

  /**
   * The task whose turn it is of a model: it, and its runs, are this worker's from then on. One whose share has as many at
   * workers as it may is passed over. @returns undefined where there is none, or this process is taken for lost
   */
  async take(revision: string): Promise<TakenTask | undefined> {
    await this.#parts.queues.make(revision);
    for (;;)
      try {
        return await this.#parts.transactions.write((transaction) => this.#take(transaction, revision));
      } catch (error) {
        if (!(error instanceof ShareFull)) throw error;
      }
  }

  /** Steps of a job, behind those that it has told. @returns whether it is still this worker's */
  async step({ id, attempt }: TakenTask, from: number, steps: readonly TaskStep[]): Promise<boolean> {
    const { transactions, tell, member } = this.#parts;
    return transactions.write(async (transaction) => {
      if (!(await holds(transaction, id, attempt, member()))) return false;
      const data = steps.map((step, index) => ({ taskId: id, sequence: from + index, step: written(step) }));
      await transaction.taskStep.createMany({ data });
      await tell(transaction, [{ task: id, what: 'step' }]);
      return true;
    });
  }

  /** The answer of a job; one that another worker has taken since takes none. */
  async answer(task: TakenTask, answer: TaskAnswer): Promise<void> {
    const { transactions, queues, tell, member } = this.#parts;
    const { id, revision, attempt } = task;
    await transactions.write(async (transaction) => {
      if (!(await holds(transaction, id, attempt, member()))) return;
      await transaction.task.updateMany({ where: { id }, data: { answer: written(answer) } });
      await queues.remove(transaction, revision, id);
      await tell(transaction, [{ task: id, what: 'answer' }, ...madeRoom(task)]);
    });
  }

  /** All of its runs are over. */
  async finish(task: TakenTask): Promise<void> {
    const { transactions, queues, tell, member } = this.#parts;
    const { id, revision, attempt } = task;
    await transactions.write(async (transaction) => {
      if (!(await holds(transaction, id, attempt, member()))) return;
      await transaction.task.deleteMany({ where: { id } });
      await queues.remove(transaction, revision, id);
      await tell(transaction, madeRoom(task));
    });
  }

  /** Gives a task back to the queue as if it had not been taken. @param after seconds for which nobody takes it */
  async giveBack({ id, attempt }: TakenTask, after = 0): Promise<void> {
    const { transactions, member } = this.#parts;
    await transactions.write(async (transaction) => {
      if (!(await holds(transaction, id, attempt, member()))) return;
      const data = { worker: null, attempt: { decrement: 1 } };
      const { revision, share } = await transaction.task.update({ where: { id }, data });
      await transaction.taskStep.deleteMany({ where: { taskId: id } });
      await this.#putBack(transaction, { id, revision, share }, after);
    });
  }

  /** Each goes back to the queue. @returns those that were taken so often that they are to be given up */
  async takeBack(from: TakenFrom): Promise<GivenUp[]> {
    const { transactions } = this.#parts;
    const rows = 'lost' in from ? await this.#lostWith(from.lost) : await this.#some(from.worker, from.ids);
    const givenUp: GivenUp[] = [];
    for (const { id, revision, share, worker, attempt } of rows)
      if (attempt >= mostAttempts)
        givenUp.push({ taskId: id, runIds: await transactions.read((database) => runsOf(database, id)) });
      else
        await transactions.write(async (transaction) => {
          const where = { id, worker, attempt, answer: null };
          const { count } = await transaction.task.updateMany({ where, data: { worker: null } });
          if (count === 0) return;
          await transaction.taskStep.deleteMany({ where: { taskId: id } });
          await this.#putBack(transaction, { id, revision, share }, 0);
        });
    return givenUp;
  }

  /** Of a task that nobody is to take again: its runs have an end, whoever waits for a job is told this. */
  async giveUp(id: string, answer: TaskAnswer): Promise<void> {
    const { transactions, queues, tell } = this.#parts;
    await transactions.write(async (transaction) => {
      const row = await transaction.task.findUnique({ where: { id }, select: { revision: true, runs: true } });
      if (!row) return;
      if (row.runs.length > 0) await transaction.task.deleteMany({ where: { id } });
      else await transaction.task.updateMany({ where: { id, answer: null }, data: { answer: written(answer) } });
      await queues.remove(transaction, row.revision, id);
      await tell(transaction, [{ task: id, what: 'answer' }]);
    });
  }

  /** Those that this process has taken and not answered, as the database has it. */
  async standing(): Promise<ReadonlySet<string>> {
    const where = { worker: this.#parts.member(), answer: null };
    const rows = await this.#parts.transactions.read((database) =>
      database.task.findMany({ where, select: { id: true } }),
    );
    return new Set(rows.map(({ id }) => id));
  }

  async #take(transaction: Transaction, revision: string): Promise<TakenTask | undefined> {
    const { queues, tell, member } = this.#parts;
    const full = await fullShares(transaction);
    for (;;) {
      const id = await queues.take(transaction, revision, full);
      if (id === undefined) return undefined;
      // Who was taken for lost would have it taken back by nobody. All others lock tasks before jobs: it must not wait for them.
      const [row] = await transaction.$queryRaw<(TakenRow | undefined)[]>`
        UPDATE "Task" SET "worker" = ${member()}, "attempt" = "attempt" + 1
        WHERE "id" = (
            SELECT "id" FROM "Task" WHERE "id" = ${id} AND "worker" IS NULL AND "answer" IS NULL FOR UPDATE SKIP LOCKED)
          AND EXISTS (SELECT 1 FROM "Member" WHERE "id" = ${member()} AND "seenAt" > 'epoch')
        RETURNING "modelName", "client", "share", "mostTaken", "trace", "attempt", "work"`;
      if (row) {
        await requireShare(transaction, row);
        const runIds = await runsOf(transaction, id);
        const data = { ...computedHere, worker: member(), attempt: row.attempt };
        await transaction.run.updateMany({ where: { id: { in: runIds } }, data });
        await tell(transaction, [{ task: id, what: 'taken' }]);
        const { modelName, client, attempt, trace } = row;
        const taken = { id, revision, modelName, client, attempt, work: readBack<TaskWork>(row.work) };
        return { ...taken, mostTaken: row.mostTaken ?? undefined, trace: trace ?? undefined };
      }
      const left = await transaction.task.findUnique({ where: { id } });
      // Withdrawn, with its job or in the moment in which that was taken; where that is not sure yet, it waits on.
      await queues.remove(transaction, revision, id);
      if (left?.worker !== null || left.answer !== null) continue;
      await this.#putBack(transaction, left, 0);
      return undefined;
    }
  }

  #lostWith(worker: string): Promise<Row[]> {
    return this.#parts.transactions.read(
      (database) => database.$queryRaw<Row[]>`
        SELECT "id", "revision", "share", "worker", "attempt" FROM "Task" t
        WHERE "worker" IS NOT NULL AND "answer" IS NULL
          AND ("worker" = ${worker} OR NOT EXISTS (SELECT 1 FROM "Member" m WHERE m."id" = t."worker"))`,
    );
  }

  async #some(worker: string, ids: readonly string[]): Promise<Row[]> {
    const where = { worker, answer: null, id: { in: [...ids] } };
    const rows = await this.#parts.transactions.read((database) => database.task.findMany({ where }));
    return rows.map((row) => ({ ...row, worker }));
  }

  async #putBack(
    transaction: Transaction,
    { id, revision, share }: Pick<Row, 'id' | 'revision' | 'share'>,
    after: number,
  ): Promise<void> {
    const { queues, tell } = this.#parts;
    await queues.remove(transaction, revision, id);
    await queues.put(transaction, revision, id, { priority: ahead, share, after });
    await tell(transaction, [{ task: id, what: 'new' }]);
  }
}

interface TakenRow {
  readonly modelName: string;
  readonly client: string;
  readonly share: string;
  readonly mostTaken: number | null;
  readonly trace: string | null;
  readonly attempt: number;
  readonly work: Uint8Array;
}

/** Where another worker has taken one of the share in the same moment. Who takes the next waits for the end of the transaction. */
async function requireShare(transaction: Transaction, { share, mostTaken }: TakenRow): Promise<void> {
  if (mostTaken === null) return;
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('share ' || ${share}, 0))`;
  const taken = await transaction.task.count({ where: { share, answer: null, NOT: { worker: null } } });
  if (taken > mostTaken) throw new ShareFull();
}

/** Locks the row: whoever would take it from the worker waits for the end of the transaction. */
async function holds(transaction: Transaction, id: string, attempt: number, worker: string): Promise<boolean> {
  const { count } = await transaction.task.updateMany({
    where: { id, attempt, worker, answer: null },
    data: { worker },
  });
  return count > 0;
}

async function runsOf(transaction: Pick<Transaction, 'taskRun'>, taskId: string): Promise<string[]> {
  const rows = await transaction.taskRun.findMany({ where: { taskId }, select: { runId: true } });
  return rows.map(({ runId }) => runId);
}
