/** For tests: tasks in a PostgreSQL database of their own, put by servers and taken by workers that are rows alone. */
import { randomUUID } from 'node:crypto';
import type { Note } from '../../../src/cluster/notes.ts';
import { AskedTasks } from '../../../src/dispatch/asked-tasks.ts';
import { DispatchedRuns } from '../../../src/dispatch/dispatched-runs.ts';
import { JobQueues } from '../../../src/dispatch/job-queues.ts';
import { TakenTasks } from '../../../src/dispatch/taken-tasks.ts';
import type { Task, TaskWork } from '../../../src/dispatch/task.ts';
import { TaskCounts } from '../../../src/dispatch/task-counts.ts';
import { openStore } from '../../../src/runs/open.ts';
import { lockPatience } from '../../../src/runs/patience.ts';
import { RunStore } from '../../../src/runs/store.ts';
import { Transactions } from '../../../src/runs/transactions.ts';
import { postgresql } from '../providers.ts';

/** What a process has of them. */
export interface TaskMember {
  readonly id: string;
  readonly asked: AskedTasks;
  readonly taken: TakenTasks;
  readonly runs: DispatchedRuns;
}

export interface TemporaryTasks extends AsyncDisposable {
  readonly url: string;
  readonly store: RunStore;
  readonly counts: TaskCounts;
  readonly transactions: Transactions;
  /** What was told, in order. */
  readonly notes: Note[];
  join(kind: 'SERVER' | 'WORKER'): Promise<TaskMember>;
  /** As when others have found it lost. */
  mark(member: TaskMember): Promise<void>;
  /** As once what it had was taken over. */
  remove(member: TaskMember): Promise<void>;
}

export const revision = 'a-revision';

/** A job that means nothing. */
export function taskOf(client = 'client', given: Partial<Task> = {}): Task {
  const work: TaskWork = { type: 'job', kind: 'PREDICTION', request: { inputIds: [1, 2] } };
  return { id: randomUUID(), revision, modelName: 'sample', client, mostTaken: undefined, work, ...given };
}

export const always = () => undefined;

export async function temporaryTasks(): Promise<TemporaryTasks> {
  await using parts = new AsyncDisposableStack();
  const { url } = parts.use(await postgresql.temporaryDatabase());
  const { database, dialect } = await openStore(url);
  const store = new RunStore(database, undefined, lockPatience, { dialect });
  parts.defer(() => store.close());
  const queues = parts.use(await JobQueues.open(url, always));
  const transactions = new Transactions(database, dialect, { patience: lockPatience });
  const notes: Note[] = [];
  const tell = async (_: unknown, told: readonly Note[]) => void notes.push(...told);
  const all = parts.move();
  return {
    url,
    store,
    transactions,
    notes,
    counts: new TaskCounts(transactions),
    async join(kind) {
      const id = randomUUID();
      const now = new Date();
      await database.member.create({ data: { id, kind, name: kind, startedAt: now, seenAt: now } });
      const given = { transactions, queues, tell, member: () => id };
      const runs = new DispatchedRuns(transactions, () => id);
      return { id, asked: new AskedTasks(given), taken: new TakenTasks(given), runs };
    },
    async mark({ id }) {
      await database.member.update({ where: { id }, data: { seenAt: new Date(0) } });
    },
    async remove({ id }) {
      await database.member.delete({ where: { id } });
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
