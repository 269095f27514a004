/** How a model stands is told whenever it changes, whichever way. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  attributionRequest,
  circuitsRequest,
  predictionRequest,
  QueueFixture,
} from '../../test/support/queue-fixture.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import { passesThatPay } from './capacity/packing.ts';
import type { LoadState } from './engine.ts';
import { attribution } from './kinds/attribution.ts';
import { circuits } from './kinds/circuits.ts';
import { prediction } from './kinds/prediction.ts';
import type { QueueSettings } from './queue.ts';

/** Whoever listens knows how a model stands at any time. */
class Watch {
  readonly told: LoadState[] = [];
  readonly #look: () => LoadState;
  #over = false;
  readonly #watching: Promise<void>;
  readonly #stop: () => void;

  constructor(look: () => LoadState, watch: (listener: () => void) => () => void) {
    this.#look = look;
    this.told.push(look());
    this.#stop = watch(() => this.told.push(look()));
    this.#watching = this.#compare();
  }

  /** Each once. */
  get statuses(): string[] {
    return this.told.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1]);
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#watching;
    this.#stop();
  }

  async #compare(): Promise<void> {
    while (!this.#over) {
      assert.deepEqual(this.#look(), this.told.at(-1), 'it is as it was told');
      await new Promise(setImmediate);
    }
  }
}

describe('the state of a model', () => {
  const jobs = new QueueFixture();
  let watches: Watch[] = [];
  beforeEach(() => {
    watches = [];
  });
  afterEach(async () => {
    for (const watch of watches) await watch.end();
  });

  const open = (settings: Partial<QueueSettings> = {}) => {
    const queue = jobs.open(settings);
    const watch = (model: Snapshot) => {
      const watched = new Watch(
        () => queue.stateOf(model),
        (listener) => queue.watch(listener),
      );
      watches.push(watched);
      return watched;
    };
    return { queue, watch };
  };

  it('is told as it loads, with how far it is, and when it is ready; of another one nothing', async () => {
    const { queue, watch } = open();
    const [a, b] = [watch(jobs.models.a), watch(jobs.models.b)];
    await queue.run(prediction, jobs.models.a, predictionRequest);
    assert.deepEqual(a.statuses, ['UNLOADED', 'LOADING', 'READY']);
    const progress = a.told.flatMap((state) => state.progress ?? []).map(({ loaded }) => loaded);
    assert.deepEqual(
      progress,
      progress.toSorted((x, y) => x - y),
    );
    assert.ok(progress.length > 1);
    assert.equal(a.told.at(-1)?.weights, 'PACKED');
    assert.deepEqual(b.statuses, ['UNLOADED']);
    // What else it needs is loaded beside what is there.
    await queue.run(attribution, jobs.models.a, attributionRequest);
    assert.deepEqual(a.statuses, ['UNLOADED', 'LOADING', 'READY', 'LOADING', 'READY']);
    await queue.run(circuits, jobs.models.a, circuitsRequest);
    assert.equal(a.statuses.at(-1), 'READY');
  });

  it('is told when its weights are packed', async () => {
    const { queue, watch } = open({ weights: 'auto' });
    const a = watch(jobs.models.a);
    for (let passes = 0; passes < passesThatPay; passes++)
      await queue.run(prediction, jobs.models.a, predictionRequest);
    const held = a.told.flatMap(({ weights }) => weights ?? []);
    assert.deepEqual(
      held.filter((weights, index) => weights !== held[index - 1]),
      ['LEAN', 'PACKED'],
    );
  });

  it('is told when it is released: for another model, by a process that is killed, and when the queue closes', async () => {
    const { a: folder } = jobs.models;
    const { queue, watch } = open({ memory: 1.5 * memoryOf(await footprintOf(folder.folder), 'PACKED', ['forward']) });
    const [a, b] = [watch(jobs.models.a), watch(jobs.models.b)];
    await queue.run(prediction, jobs.models.a, predictionRequest);
    await queue.run(prediction, jobs.models.b, predictionRequest);
    assert.deepEqual(a.statuses, ['UNLOADED', 'LOADING', 'READY', 'UNLOADED']);
    const gone = Promise.withResolvers<void>();
    const stop = queue.watch(() => queue.stateOf(jobs.models.b).status === 'UNLOADED' && gone.resolve());
    for (const pid of jobs.runners.pids) process.kill(pid, 'SIGKILL');
    await gone.promise;
    stop();
    await queue.run(prediction, jobs.models.b, predictionRequest);
    await queue.close();
    assert.deepEqual(b.statuses, ['UNLOADED', 'LOADING', 'READY', 'UNLOADED', 'LOADING', 'READY', 'UNLOADED']);
  });

  it('is told when what loads it is cancelled', async () => {
    const { queue, watch } = open();
    const a = watch(jobs.models.a);
    const controller = new AbortController();
    const { ended } = await jobs.loading(jobs.models.a, () =>
      queue.run(prediction, jobs.models.a, predictionRequest, { signal: controller.signal }),
    );
    controller.abort();
    await assert.rejects(ended, { code: 'CANCELLED' });
    assert.deepEqual(a.statuses, ['UNLOADED', 'LOADING', 'UNLOADED']);
    jobs.runners.release();
  });

  it('is told with why it could not be loaded, until that is tried again', async () => {
    const { queue, watch } = open();
    const replaced = { ...jobs.models.a, fingerprint: '[]' };
    const a = watch(replaced);
    const fault = { code: 'CHECKPOINT', message: /changed/ };
    await assert.rejects(queue.run(prediction, replaced, predictionRequest), fault);
    while (a.statuses.at(-1) !== 'FAILED') await new Promise(setImmediate);
    assert.match(a.told.at(-1)?.error ?? '', fault.message);
    await assert.rejects(queue.run(prediction, replaced, predictionRequest), fault);
    while (a.statuses.length < 4) await new Promise(setImmediate);
    assert.deepEqual(a.statuses, ['UNLOADED', 'FAILED', 'UNLOADED', 'FAILED']);
  });
});
