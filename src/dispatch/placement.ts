/** Which workers could take a task, and what is said where none can, or none has taken it yet. */
import { workersAmong } from '../cluster/member-workers.ts';
import type { Members } from '../cluster/members.ts';
import { TributaryError } from '../errors.ts';
import { type JobLimitsOf, shareOf } from '../jobs/shares.ts';
import type { Worker, WorkerModel } from '../worker-state.ts';
import type { Task } from './task.ts';
import type { Queued, Waiting } from './task-counts.ts';

/** A worker with what it says of a model that it has. */
export interface Host {
  readonly worker: Worker;
  readonly model: WorkerModel;
}

export class Placement {
  readonly #members: Pick<Members, 'list'>;
  readonly #maxQueue: number;
  readonly #limitsOf: JobLimitsOf;

  /** @param maxQueue tasks that may wait in the whole deployment; of a client, twice as many as there are places left @param limitsOf how many of a share may wait */
  constructor(members: Pick<Members, 'list'>, maxQueue: number, limitsOf: JobLimitsOf) {
    this.#members = members;
    this.#limitsOf = limitsOf;
    this.#maxQueue = maxQueue;
  }

  get workers(): Worker[] {
    return workersAmong(this.#members);
  }

  /** Those that have a model. */
  hostsOf(revision: string): Host[] {
    return this.workers.flatMap((worker) => {
      const model = worker.models.find((one) => one.revision === revision);
      return model ? [{ worker, model }] : [];
    });
  }

  /** @throws TributaryError NO_WORKER */
  requireHost({ revision, modelName }: Pick<Task, 'revision' | 'modelName'>): void {
    if (this.hostsOf(revision).length === 0) throw noWorker(modelName, this.workers);
  }

  /** @throws TributaryError OVER_CAPACITY where so many wait that a client may not put one more */
  admit(waiting: Waiting): void {
    if (this.hasPlace(waiting)) return;
    const { all, own, inShare } = waiting;
    const places = this.workers.reduce((sum, { workers }) => sum + workers, 0);
    const full = this.#isShareFull(waiting);
    const before = full ? inShare : all < this.#maxQueue ? own : all;
    // Each is taken to last a second: nobody knows how long it does.
    const retryAfter = Math.max(1, Math.ceil(before / Math.max(places, 1)));
    const what = full
      ? `${inShare} requests of this key, or address, wait already, which is its limit`
      : all >= this.#maxQueue
        ? `${this.#maxQueue} requests wait already, which is the limit`
        : `${own} requests of one client wait already, which is its share of the ${this.#maxQueue} places`;
    const message = `${full ? '' : 'All workers are busy and '}${what}; try again in about ${retryAfter} s`;
    throw new TributaryError('OVER_CAPACITY', message, { retryAfter });
  }

  /** Tasks of a client's share that workers may have at once; undefined: any number. */
  mostTakenOf(client: string): number | undefined {
    return this.#limitsOf(shareOf(client)).running;
  }

  hasPlace(waiting: Waiting): boolean {
    return !this.#isShareFull(waiting) && waiting.own < 2 * (this.#maxQueue - waiting.all);
  }

  #isShareFull({ client, inShare }: Waiting): boolean {
    const { waiting = Number.POSITIVE_INFINITY } = this.#limitsOf(shareOf(client));
    return inShare >= waiting;
  }

  /** Why a task waits, in words. */
  reasonFor({ revision, modelName, shareFull }: Pick<Queued, 'revision' | 'modelName' | 'shareFull'>): string {
    if (shareFull) return 'As much of this key, or address, is computed already as may be at once';
    const hosts = this.hostsOf(revision);
    if (hosts.length === 0) return `No worker has the model ${modelName} any more; it waits for one that has`;
    const names = hosts.map(({ worker }) => worker.name).join(', ');
    const free = hosts.some(({ worker }) => worker.running < worker.workers);
    const loads = hosts.some(({ model }) => model.status === 'LOADING');
    const have = hosts.length === 1 ? 'the one worker that has' : `the ${hosts.length} workers that have`;
    if (free)
      return loads ? `The model ${modelName} is being loaded by ${names}` : `It is about to be taken by ${names}`;
    return `All places of ${have} the model ${modelName} are taken: ${names}`;
  }
}

function noWorker(modelName: string, workers: readonly Worker[]): TributaryError {
  const advice =
    'start one by `npm run worker`, with the same DATABASE_URL and a MODELS_DIR that has exactly these files';
  const has = ({ name, models }: Worker) =>
    `${name} has ${models.length > 0 ? models.map((model) => model.name).join(', ') : 'no models'}`;
  const message =
    workers.length === 0
      ? `There is no worker that could compute this with the model ${JSON.stringify(modelName)}; ${advice}`
      : `No worker has the model ${JSON.stringify(modelName)} as this server has it (${workers.map(has).join('; ')}); ${advice}`;
  return new TributaryError('NO_WORKER', message, { workers });
}
