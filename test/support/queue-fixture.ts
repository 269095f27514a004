/** For tests: a queue of jobs over two small models, with runners that the test watches, and what is asked of it. */
import { after, afterEach, before, beforeEach } from 'node:test';
import type { Snapshot } from '../../src/checkpoint/fingerprint.ts';
import { initModel } from '../../src/cli/models/init.ts';
import type { AttributionRequest } from '../../src/explain/attribution/result.ts';
import type { CirculationRequest, CirculationStep } from '../../src/explain/circulation/event.ts';
import { Gate } from '../../src/inference/gate.ts';
import type { JobOptions } from '../../src/jobs/engine.ts';
import { circulation } from '../../src/jobs/kinds/circulation.ts';
import { prediction } from '../../src/jobs/kinds/prediction.ts';
import { JobQueue, type QueueSettings } from '../../src/jobs/queue.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { WatchedRunners } from './watched-runners.ts';

export const target = { position: 1, token: null, against: null };
export const attributionRequest: AttributionRequest = {
  inputIds: [72, 101],
  targets: [target],
  method: 'FROZEN',
  selection: {},
};
export const circulationRequest: CirculationRequest = { inputIds: [72, 101], track: [0], layers: 2, top: 1, target };
export const predictionRequest = { inputIds: [72, 101], position: 1, tokens: [], top: 1 };
export const circuitsRequest = { copying: true, composition: ['K' as const] };
/** Of a model of two blocks: embedding, target, and of each block. */
export const predictionSessions = 4;

interface TwoModels {
  readonly a: Snapshot;
  readonly b: Snapshot;
}

/** Small Llamas for the tests of a `describe`, there from its `before` on. */
export function twoModels(layers = 2): TwoModels {
  const models = {} as TwoModels;
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder();
    const make = (name: string, seed: number) =>
      initModel(folder.path, 'llama', name, { seed, dtype: 'BF16', width: 32, layers, heads: 2 });
    Object.assign(models, { a: await make('a', 1), b: await make('b', 2) });
  });
  after(() => folder[Symbol.asyncDispose]());
  return models;
}

/** Their queue, and runners for each test, which has to `open` it. */
export class QueueFixture {
  readonly models: TwoModels;
  #runners: WatchedRunners | undefined;
  #queue: JobQueue | undefined;

  /** @param layers of the models */
  constructor(layers = 2) {
    this.models = twoModels(layers);
    beforeEach(async () => {
      this.#runners = await WatchedRunners.start();
    });
    afterEach(async () => {
      await this.queue.close();
      await this.runners[Symbol.asyncDispose]();
    });
  }

  get runners(): WatchedRunners {
    return this.#runners as WatchedRunners;
  }

  get queue(): JobQueue {
    return this.#queue as JobQueue;
  }

  open(settings: Partial<QueueSettings> = {}): JobQueue {
    this.#queue = new JobQueue({ workers: 1, threads: 1, queue: 10, weights: 'packed', ...settings });
    return this.#queue;
  }

  /** A circulation that waits before its second block. */
  readonly held = async (model: Snapshot, options: JobOptions = {}, request = circulationRequest) => {
    const gate = new Gate();
    gate.hold(1);
    const reached = Promise.withResolvers<void>();
    const onStep = ({ type }: CirculationStep) => type === 'LAYER' && reached.resolve();
    const ended = this.queue.run(circulation, model, request, { ...options, gate, onStep });
    ended.catch(() => undefined);
    await reached.promise;
    return { gate, ended };
  };

  /** A job of a model that waits after the first session that it makes. */
  readonly loading = async (model: Snapshot, ask: (options: JobOptions) => Promise<unknown>) => {
    const reached = this.runners.hold(1);
    const ended = ask({});
    await reached;
    while (this.statusOf(model) !== 'LOADING') await new Promise(setImmediate);
    return { ended };
  };

  /** The job, when it waits in the queue. */
  readonly queued = async (ask: (options: JobOptions) => Promise<unknown>) => {
    const inQueue = Promise.withResolvers<void>();
    const job = ask({ onQueue: () => inQueue.resolve() });
    await inQueue.promise;
    return { job };
  };

  readonly predictionOf = (model: Snapshot) =>
    this.queued((options) => this.queue.run(prediction, model, predictionRequest, options));

  readonly statusOf = (model: Snapshot) => this.queue.stateOf(model).status;
}

/** How many of the jobs had an answer. */
export async function answered(jobs: readonly { readonly job: Promise<unknown> }[]): Promise<number> {
  const settled = await Promise.allSettled(jobs.map(({ job }) => job));
  return settled.filter(({ status }) => status === 'fulfilled').length;
}
