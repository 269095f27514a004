/** What becomes of jobs that are cancelled, and of those that come after them. */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import {
  answered,
  attributionRequest,
  predictionRequest,
  predictionSessions,
  QueueFixture,
  target,
} from '../../test/support/queue-fixture.ts';
import type { WatchedRunners } from '../../test/support/watched-runners.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import type { JobOptions } from './engine.ts';
import { attribution } from './kinds/attribution.ts';
import { prediction } from './kinds/prediction.ts';
import type { JobQueue, QueueSettings } from './queue.ts';

describe('a job of the queue', () => {
  const jobs = new QueueFixture();
  const { held, loading, predictionOf, queued, statusOf } = jobs;
  let a: Snapshot;
  let b: Snapshot;
  let runners: WatchedRunners;
  let queue: JobQueue;
  before(() => {
    ({ a, b } = jobs.models);
  });
  beforeEach(() => {
    ({ runners } = jobs);
  });
  const open = (settings?: Partial<QueueSettings>) => {
    queue = jobs.open(settings);
  };

  describe('that is cancelled', () => {
    it('while it runs leaves those that wait in the queue', async () => {
      open();
      const leaving = new AbortController();
      const { ended } = await held(a, { signal: leaving.signal });
      const waiting = [await predictionOf(b), await predictionOf(b)];
      leaving.abort();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(await answered(waiting), 2);
    });

    it('at the head of the queue lets the next one start, which had room beside the one that runs', async () => {
      const footprint = await footprintOf(a.folder);
      const [one, two] = [['forward'], ['forward', 'reverse.FROZEN']].map((sets) =>
        memoryOf(footprint, 'PACKED', sets),
      );
      // For two of one set, not for one more set.
      open({ workers: 2, memory: ((one ?? 0) * 3 + (two ?? 0)) / 2 });
      await queue.run(prediction, b, predictionRequest);
      const { gate, ended } = await held(a);
      const leaving = new AbortController();
      // It needs two sets of graphs; the others take longer than what runs, and so do not go before it.
      const { signal } = leaving;
      const { job: head } = await queued((options) =>
        queue.run(attribution, b, attributionRequest, { ...options, signal }),
      );
      const long = { ...attributionRequest, method: 'OCCLUSION' as const, targets: new Array(64).fill(target) };
      let begun = 0;
      const onStart = () => begun++;
      const other = (options: JobOptions<never>) => queue.run(attribution, b, long, { ...options, onStart });
      const others = [await queued(other), await queued(other)];
      assert.equal(begun, 0);
      leaving.abort();
      await assert.rejects(head, { code: 'CANCELLED' });
      assert.equal(await answered(others), 2);
      gate.release();
      await ended;
    });

    it('while its model loads makes no further session, and the model is not said to load any more', async () => {
      open();
      const leaving = new AbortController();
      const { ended } = await loading(a, (options) =>
        queue.run(prediction, a, predictionRequest, { ...options, signal: leaving.signal }),
      );
      assert.deepEqual(queue.stateOf(a), {
        status: 'LOADING',
        progress: { loaded: 1, total: predictionSessions },
        error: null,
        weights: null,
      });
      leaving.abort();
      runners.release();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(statusOf(a), 'UNLOADED');
      // It runs when the first is done with.
      await queue.run(prediction, b, predictionRequest);
      assert.equal(runners.made, 2 + predictionSessions);
      assert.equal(statusOf(a), 'UNLOADED');
      await queue.run(prediction, a, predictionRequest);
      assert.equal(runners.made, 2 * predictionSessions);
      assert.equal(statusOf(a), 'READY');
    });

    it('while a model that is in memory loads further graphs leaves it in memory', async () => {
      open();
      await queue.run(prediction, a, predictionRequest);
      const leaving = new AbortController();
      const { ended } = await loading(a, (options) =>
        queue.run(attribution, a, attributionRequest, { ...options, signal: leaving.signal }),
      );
      assert.equal(statusOf(a), 'LOADING');
      leaving.abort();
      runners.release();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(statusOf(a), 'READY');
    });
  });

  it('that is cancelled and comes to no next block is ended with its process', async () => {
    open();
    const leaving = new AbortController();
    const { ended } = await loading(a, (options) =>
      queue.run(prediction, a, predictionRequest, { ...options, signal: leaving.signal }),
    );
    const [pid] = runners.pids;
    runners.release('hang');
    leaving.abort();
    await assert.rejects(ended, { code: 'CANCELLED' });
    // Its answer waited for nothing: the process is still there, and takes no other job.
    assert.deepEqual(runners.pids, [pid]);
    assert.equal((await queue.run(prediction, a, predictionRequest)).likeliest.length, 1);
    assert.ok(!runners.pids.includes(pid ?? 0));
  });

  it('that is cancelled as it starts is ended with its process, which does nothing any more', async () => {
    open();
    const expected = await queue.run(prediction, a, predictionRequest);
    const [pid = 0] = runners.pids;
    process.kill(pid, 'SIGSTOP');
    const leaving = new AbortController();
    const options = { signal: leaving.signal, onStart: () => leaving.abort() };
    await assert.rejects(queue.run(prediction, a, predictionRequest, options), { code: 'CANCELLED' });
    assert.deepEqual(await queue.run(prediction, a, predictionRequest), expected);
    assert.ok(!runners.pids.includes(pid));
  });

  it('finds its model in memory, where one before it was cancelled while it loaded further graphs', async () => {
    open();
    const leaving = new AbortController();
    const reached = runners.hold(predictionSessions);
    const ended = queue.run(attribution, a, attributionRequest, { signal: leaving.signal });
    await reached;
    leaving.abort();
    runners.release();
    await assert.rejects(ended, { code: 'CANCELLED' });
    const made = runners.made;
    await queue.run(prediction, a, predictionRequest);
    assert.ok(runners.made <= made + 1, 'all that it needs was there');
    assert.equal(statusOf(a), 'READY');
  });
});
