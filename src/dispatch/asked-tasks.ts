/** Tasks as who asks has them: put, looked at, withdrawn. Each step is one transaction with the queue that the task is in. */
import { shareOf } from '../jobs/shares.ts';
import { requestScope } from '../request-scope.ts';
import { readBack, type Task, type TaskAnswer, type TaskStep, written } from './task.ts';
import { type Waiting, waitingIn } from './task-counts.ts';
import { madeRoom, type TasksParts } from './tasks-parts.ts';

/** What has become of a task whose answer is waited for. */
export interface TaskLook {
  /** False: nobody will ever answer it. */
  readonly isThere: boolean;
  readonly steps: readonly TaskStep[];
  readonly answer: TaskAnswer | undefined;
}

export class AskedTasks {
  readonly #parts: TasksParts;

  constructor(parts: TasksParts) {
    this.#parts = parts;
  }

  /** @param admit is told how many wait, and throws where there is no place for one more */
  async put({ id, work, mostTaken, ...task }: Task, admit: (waiting: Waiting) => void): Promise<void> {
    const { transactions, queues, tell, member } = this.#parts;
    const share = shareOf(task.client);
    const trace = requestScope.getStore()?.trace?.traceparent ?? null;
    await queues.make(task.revision);
    await transactions.write(async (transaction) => {
      const waiting = await waitingIn(transaction, task.client);
      admit(waiting);
      // By the clock of the database: other machines ask how long it has waited.
      await transaction.$executeRaw`
        INSERT INTO "Task"
          ("id", "server", "revision", "modelName", "client", "share", "mostTaken", "trace", "work", "createdAt")
        VALUES (
          ${id}, ${member()}, ${task.revision}, ${task.modelName}, ${task.client}, ${share}, ${mostTaken ?? null},
          ${trace}, ${Buffer.from(written(work))}, now() AT TIME ZONE 'UTC')`;
      if (work.type === 'runs')
        await transaction.taskRun.createMany({ data: work.runs.map((run) => ({ runId: run.id, taskId: id })) });
      await queues.put(transaction, task.revision, id, { priority: -waiting.own, share });
      await tell(transaction, [{ task: id, what: 'new' }]);
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

  /** Of a job that nobody waits for: taken or not, it is no more. Its worker is told. */
  async withdraw(id: string): Promise<void> {
    const { transactions, queues, tell } = this.#parts;
    await transactions.write(async (transaction) => {
      const row = await transaction.task.findUnique({ where: { id }, select: { revision: true, mostTaken: true } });
      if (!row) return;
      await transaction.task.deleteMany({ where: { id } });
      await queues.remove(transaction, row.revision, id);
      await tell(transaction, [
        { task: id, what: 'cancel' },
        ...madeRoom({ id, mostTaken: row.mostTaken ?? undefined }),
      ]);
    });
  }

  /** Jobs of a server that is lost: nobody waits for them. */
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
}
