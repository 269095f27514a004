/** What every process of a deployment has that shares a PostgreSQL database: server or worker. */
import type { Logger } from 'pino';
import { bridge } from '../cluster/bridge.ts';
import { Members } from '../cluster/members.ts';
import { notifyingAs } from '../cluster/notes.ts';
import { Wire } from '../cluster/wire.ts';
import { AskedTasks } from '../dispatch/asked-tasks.ts';
import { DispatchedRuns } from '../dispatch/dispatched-runs.ts';
import { JobQueues } from '../dispatch/job-queues.ts';
import { TakenTasks } from '../dispatch/taken-tasks.ts';
import { takeOver } from '../dispatch/takeover.ts';
import { TaskCounts } from '../dispatch/task-counts.ts';
import { openStore } from '../runs/open.ts';
import { lockPatience } from '../runs/patience.ts';
import { Signals } from '../runs/signals.ts';
import { RunStore } from '../runs/store.ts';
import { Transactions } from '../runs/transactions.ts';
import type { Settings } from '../settings.ts';

export interface SharedDatabase extends AsyncDisposable {
  readonly store: RunStore;
  /** Are woken when a run was written, by whichever process. */
  readonly signals: Signals;
  readonly wire: Wire;
  readonly members: Members;
  readonly asked: AskedTasks;
  readonly taken: TakenTasks;
  readonly counts: TaskCounts;
  readonly runs: DispatchedRuns;
}

export async function openSharedDatabase(settings: Settings, log: Logger): Promise<SharedDatabase> {
  const { databaseUrl: url, databaseConnections: connections } = settings;
  const onFault = (error: unknown) =>
    log.warn({ err: error }, 'the connection to the database has a fault; it is made anew');
  await using parts = new AsyncDisposableStack();
  const opened = await openStore(url, { connections });
  const wire = parts.use(await Wire.open(url, { onFault }));
  const members = parts.use(new Members(wire, { onFault }));
  const member = () => members.id;
  const tell = notifyingAs(wire.id);
  const { database, dialect } = opened;
  const store = new RunStore(database, undefined, lockPatience, { dialect, onWritten: tell, member });
  parts.defer(() => store.close());
  const queues = parts.use(await JobQueues.open(url, onFault));
  const transactions = new Transactions(database, dialect, { patience: lockPatience });
  const taskParts = { transactions, queues, tell, member };
  const [asked, taken] = [new AskedTasks(taskParts), new TakenTasks(taskParts)];
  const counts = new TaskCounts(transactions);
  const runs = new DispatchedRuns(transactions, member);
  const signals = new Signals();
  const { events, changes, sweeps } = store;
  parts.defer(bridge(wire, { events, changes, runs: signals, sweeps: sweeps.signals }));
  members.onLost(async (lost) => {
    log.warn({ member: lost.id, name: lost.name, kind: lost.kind }, 'a process was lost; what it had is taken over');
    await takeOver(lost, { asked, taken, store });
  });
  const all = parts.move();
  const tasks = { asked, taken, counts };
  return { store, signals, wire, members, ...tasks, runs, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
