import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { twoModels } from '../../test/support/queue-fixture.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { AttributionRequest } from '../explain/attribution/result.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import { attribution } from './kinds/attribution.ts';
import { circulation } from './kinds/circulation.ts';
import { JobQueue, type QueueSettings } from './queue.ts';

const request: AttributionRequest = {
  inputIds: [72, 101, 108, 108, 111],
  targets: [{ position: 4, token: null, against: null }],
  method: 'FROZEN',
  selection: {},
};
/** Forward and reverse graphs. */
const graphSets = ['forward', 'reverse.FROZEN'];

const queueWith = (settings: Partial<QueueSettings> = {}) => {
  const queue = new JobQueue({ workers: 1, threads: 1, queue: 10, weights: 'packed', ...settings });
  return Object.assign(queue, { [Symbol.asyncDispose]: () => queue.close() });
};

describe("the models' memory", () => {
  const models = twoModels();
  let a: Snapshot;
  let b: Snapshot;
  /** Bytes of one model under attribution. */
  let one: number;
  before(async () => {
    ({ a, b } = models);
    one = memoryOf(await footprintOf(a.folder), 'PACKED', graphSets);
  });

  const statesIn = (queue: JobQueue) => [a, b].map((model) => queue.stateOf(model).status);

  it('holds one model at a time where it has room for one, and the answers stay the same', async () => {
    await using ample = queueWith({ memory: 10 * one });
    const expected = [await ample.run(attribution, a, request), await ample.run(attribution, b, request)];
    assert.deepEqual(statesIn(ample), ['READY', 'READY']);
    await using tight = queueWith({ memory: 1.5 * one });
    for (let turn = 0; turn < 3; turn++) {
      assert.deepEqual(await tight.run(attribution, a, request), expected[0]);
      assert.deepEqual(statesIn(tight), ['READY', 'UNLOADED']);
      assert.deepEqual(await tight.run(attribution, b, request), expected[1]);
      assert.deepEqual(statesIn(tight), ['UNLOADED', 'READY']);
    }
    assert.notDeepEqual(expected[0], expected[1]);
  });

  it('is never taken from a model in use: a job waits until there is room', async () => {
    await using queue = queueWith({ memory: 1.5 * one, workers: 2 });
    const running = new Map([a, b].map((model) => [model, 0]));
    const count = (model: Snapshot, change: number) => running.set(model, (running.get(model) ?? 0) + change);
    const together: string[] = [];
    const run = (model: Snapshot) => {
      const onStart = () => {
        const other = model === a ? b : a;
        if (running.get(other)) together.push(`${model.folder} starts while ${other.folder} runs`);
        count(model, 1);
      };
      return queue.run(attribution, model, request, { onStart }).then(() => count(model, -1));
    };
    await Promise.all([run(a), run(b), run(a), run(b)]);
    assert.deepEqual(together, []);
  });

  it('is shared by all workers', async () => {
    await using queue = queueWith({ memory: 2.5 * one, workers: 2 });
    await Promise.all([queue.run(attribution, a, request), queue.run(attribution, b, request)]);
    assert.deepEqual(statesIn(queue), ['READY', 'READY']);
  });

  it('makes room for other graphs of the same model', async () => {
    await using queue = queueWith({ memory: 1.2 * one });
    const [before] = await queue.run(attribution, a, request);
    await queue.run(attribution, a, { ...request, method: 'GRADIENT' });
    await queue.run(
      circulation,
      a,
      { inputIds: [1, 2], track: [0], layers: 2, top: 1, target: { position: 1, token: null, against: null } },
      { onStep: () => undefined },
    );
    assert.deepEqual((await queue.run(attribution, a, request))[0]?.tokens, before?.tokens);
  });

  it('refuses a model that is larger than all of it, with both figures', async () => {
    await using queue = queueWith({ memory: one / 2 });
    await assert.rejects(queue.run(attribution, a, request), {
      code: 'OVER_CAPACITY',
      message: /needs about 0\.0\d+ GB .* more than the 0\.0\d+ GB that MAX_MODEL_MEMORY allows/,
    });
    assert.equal(queue.stateOf(a).status, 'UNLOADED');
  });

  it('holds what lies on the disk now, and is that of no other files', async () => {
    await using queue = queueWith({ memory: 10 * one });
    const [before, other] = [await queue.run(attribution, a, request), await queue.run(attribution, b, request)];
    const swapped = { folder: a.folder, fingerprint: b.fingerprint };
    await rename(a.folder, `${a.folder}-kept`);
    await rename(b.folder, a.folder);
    assert.equal(queue.stateOf(swapped).status, 'UNLOADED');
    assert.deepEqual(await queue.run(attribution, swapped, request), other);
    assert.deepEqual([queue.stateOf(a).status, queue.stateOf(swapped).status], ['UNLOADED', 'READY']);
    await assert.rejects(queue.run(attribution, a, request), { code: 'CHECKPOINT', message: /has changed since/ });
    assert.deepEqual([queue.stateOf(a).status, queue.stateOf(swapped).status], ['FAILED', 'UNLOADED']);
    await rename(a.folder, b.folder);
    await rename(`${a.folder}-kept`, a.folder);
    assert.deepEqual(await queue.run(attribution, a, request), before);
  });
});

describe('a job before it has an estimate', () => {
  const models = twoModels();
  let model: Snapshot;
  before(() => {
    model = models.a;
  });

  it('is ended by a queue that closes, and the machine is not measured for it any more', async () => {
    for (const ask of [
      (queue: JobQueue) => queue.estimate(attribution, model, request),
      (queue: JobQueue) => queue.run(attribution, model, request),
    ]) {
      // On the way to the files; that takes longer than closing a queue that has no worker yet.
      const queue = queueWith({ time: 1e-9, threads: 7 });
      const asked = ask(queue);
      const ended = assert.rejects(asked, { code: 'CANCELLED' });
      await queue.close();
      await ended;
    }
  });

  it('is cancelled at once, though the machine is being measured', async () => {
    await using queue = queueWith({ time: 1e-9, threads: 8 });
    const leaving = new AbortController();
    const job = assert.rejects(queue.run(attribution, model, request, { signal: leaving.signal }), {
      code: 'CANCELLED',
    });
    leaving.abort();
    await job;
    const other = new AbortController();
    const measuring = assert.rejects(queue.run(attribution, model, request, { signal: other.signal }), {
      code: 'CANCELLED',
    });
    // By now the files are read.
    await setTimeout(100);
    const before = performance.now();
    other.abort();
    await measuring;
    assert.ok(performance.now() - before < 50);
  });
});
