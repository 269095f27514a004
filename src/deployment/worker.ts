/** A process that computes what servers ask of it, of the models in its own folder. */
import type { Logger } from 'pino';
import { TaskLoop } from '../dispatch/task-loop.ts';
import { WorkerModels } from '../dispatch/worker-models.ts';
import { stateOf } from '../dispatch/worker-state.ts';
import { Catalogue } from '../inference/catalogue.ts';
import { calibrate } from '../jobs/capacity/calibration.ts';
import type { Engine } from '../jobs/engine.ts';
import type { JobQueue } from '../jobs/queue.ts';
import { Shares } from '../jobs/shares.ts';
import type { RunStore } from '../runs/store.ts';
import type { Settings } from '../settings.ts';
import { openEngine } from './local-engine.ts';
import { openSharedDatabase } from './shared-database.ts';

/** Jobs that may wait in a worker: it takes no more tasks than it has places for. */
const mostWaiting = 10_000;
/** Milliseconds before it tries again to be a member. */
const pause = 1000;

export interface RunningWorker {
  /** Its id among the members. */
  readonly id: string;
  /** Names of the models that it has. */
  readonly models: readonly string[];
  /** Gives back what it has, and ends. */
  close(): Promise<void>;
}

/** Has what a worker computes and stores be seen from outside. */
export type ObserveWorker = (
  engine: Engine,
  store: RunStore,
) => Promise<{ /** The same, observed. */ readonly engine: Engine } & AsyncDisposable>;

export interface WorkerParts {
  /** For tests: in place of its own queue. */
  readonly engine?: JobQueue | undefined;
  /** Absent: nobody looks. */
  readonly observe?: ObserveWorker | undefined;
}

export async function startWorker(
  settings: Settings,
  log: Logger,
  { engine: given, observe }: WorkerParts = {},
): Promise<RunningWorker> {
  const onFault = (error: unknown) =>
    log.warn({ err: error }, 'a task met a fault; what was not stored is tried again');
  await using parts = new AsyncDisposableStack();
  const { store, signals, wire, members, taken, counts, runs } = parts.use(await openSharedDatabase(settings, log));
  // What a share may have at once is seen to when tasks are taken: it may have some at each worker.
  const engine = given ?? openEngine(settings, log, new Shares(), mostWaiting);
  parts.defer(() => engine.close());
  const observed = observe ? parts.use(await observe(engine, store)).engine : engine;
  const tellState = () => void members.update(state()).catch(onFault);
  const catalogue = new Catalogue(settings.modelsDir, settings);
  const models = parts.use(
    new WorkerModels(
      catalogue,
      () => {
        log.info({ models: namesOf(models) }, 'models that it computes with');
        tellState();
        loop.look();
      },
      (error) => log.error({ err: error }, 'the models cannot be listed'),
    ),
  );
  const state = () => stateOf({ engine, models, memory: settings.maxModelMemory, places: settings.workers });
  const loop = new TaskLoop({
    ...{ tasks: taken, counts, store, signals, engine: observed, wire, members, models, runs },
    places: settings.workers,
    onFault,
    onChange: tellState,
  });
  parts.defer(() => loop.close());
  parts.defer(engine.watch(tellState));
  parts.defer(engine.loads.listen(tellState));
  const rejoin = async (): Promise<void> => {
    await loop.expel();
    try {
      await members.join('WORKER', state());
      loop.readmit();
    } catch (error) {
      onFault(error);
      setTimeout(() => void rejoin(), pause).unref();
    }
  };
  members.onExpelled(() => {
    log.warn('others have taken this worker for lost, as where it had no connection; it joins anew');
    void rejoin();
  });
  await models.start();
  await members.join('WORKER', state());
  calibrate(settings.threads).then(tellState, onFault);
  loop.look();
  const opened = parts.move();
  return {
    get id() {
      return members.id;
    },
    get models() {
      return namesOf(models);
    },
    close: () => opened.disposeAsync(),
  };
}

function namesOf(models: WorkerModels): string[] {
  return Array.from(models.all.values(), ({ name }) => name).sort();
}
