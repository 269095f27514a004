/** A server of several, on a PostgreSQL database that they share with the workers that compute. */
import type { Logger } from 'pino';
import { MemberWorkers } from '../cluster/member-workers.ts';
import { JobAnswers } from '../dispatch/job-answers.ts';
import { Placement } from '../dispatch/placement.ts';
import { RemoteEngine } from '../dispatch/remote-engine.ts';
import { RemoteExecutor } from '../dispatch/remote-executor.ts';
import { RunEnds } from '../dispatch/run-ends.ts';
import { Tickets } from '../dispatch/tickets.ts';
import { Wants } from '../dispatch/wants.ts';
import type { Shares } from '../jobs/shares.ts';
import type { Settings } from '../settings.ts';
import type { Deployment } from './deployment.ts';
import { openSharedDatabase } from './shared-database.ts';

export async function openDistributed(
  settings: Settings,
  log: Logger,
  { shares }: { readonly shares: Shares },
): Promise<Deployment> {
  const onFault = (error: unknown) => log.warn({ err: error }, 'what workers are asked met a fault; it is tried again');
  await using parts = new AsyncDisposableStack();
  const shared = parts.use(await openSharedDatabase(settings, log));
  const { store, signals, wire, members, asked, counts, runs } = shared;
  const placement = new Placement(members, settings.maxQueue, shares.of);
  const tickets = new Tickets(counts, placement);
  const answers = parts.use(
    new JobAnswers({ tasks: asked, wire, admit: (waiting) => placement.admit(waiting), onFault }),
  );
  const ends = parts.use(new RunEnds({ wire, runs, onFault }));
  const wants = parts.use(new Wants(wire));
  const engine = new RemoteEngine({ members, placement, counts, tickets, answers, time: settings.maxRunTime });
  const executor = new RemoteExecutor({ store, engine, tasks: asked, tickets, placement, runs, ends, wants });
  const opened = parts.move();
  return {
    store,
    engine,
    // What workers record is asked of them by the run.
    executorOn: () => executor,
    signals,
    workers: new MemberWorkers(members),
    async join(service, onLost) {
      wants.wantsHere = (runId) => service.isWanted(runId);
      members.onLost(onLost);
      members.onExpelled(() => {
        log.warn('others have taken this server for lost, as where it had no connection; it joins anew');
        rejoin();
      });
      const rejoin = () =>
        void members.join('SERVER', null).catch((error) => {
          onFault(error);
          setTimeout(rejoin, 1000).unref();
        });
      await members.join('SERVER', null);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
