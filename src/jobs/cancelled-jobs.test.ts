/** What becomes of jobs that are cancelled, and of those that come after them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  answered,
  attributionRequest,
  predictionRequest,
  predictionSessions,
  QueueFixture,
  target,
} from '../../test/support/queue-fixture.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import type { JobOptions } from './engine.ts';
import { attribution } from './kinds/attribution.ts';
import { prediction } from './kinds/prediction.ts';

describe('a job of the queue', () => {
  const jobs = new QueueFixture();
  const { held, loading, predictionOf, queued, statusOf } = jobs;

  describe('that is cancelled', () => {
    it('while it runs leaves those that wait in the queue', async () => {
      jobs.open();
      const leaving = new AbortController();
      const { ended } = await held(jobs.models.a, { signal: leaving.signal });
      const waiting = [await predictionOf(jobs.models.b), await predictionOf(jobs.models.b)];
      leaving.abort();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(await answered(waiting), 2);
    });

    it('at the head of the queue lets the next one start, which had room beside the one that runs', async () => {
      const footprint = await footprintOf(jobs.models.a.folder);
      const [running = 0, one = 0, two = 0] = [['circulation'], ['forward'], ['forward', 'reverse.FROZEN']].map(
        (sets) => memoryOf(footprint, 'PACKED', sets),
      );
      // For what runs and one set beside it, not for one more set.
      jobs.open({ workers: 2, memory: running + (one + two) / 2 });
      await jobs.queue.run(prediction, jobs.models.b, predictionRequest);
      const { gate, ended } = await held(jobs.models.a);
      const leaving = new AbortController();
      // It needs two sets of graphs; the others take longer than what runs, and so do not go before it.
      const { signal } = leaving;
      const { job: head } = await queued((options) =>
        jobs.queue.run(attribution, jobs.models.b, attributionRequest, { ...options, signal }),
      );
      const long = { ...attributionRequest, method: 'OCCLUSION' as const, targets: new Array(64).fill(target) };
      let begun = 0;
      const onStart = () => begun++;
      const other = (options: JobOptions) => jobs.queue.run(attribution, jobs.models.b, long, { ...options, onStart });
      const others = [await queued(other), await queued(other)];
      assert.equal(begun, 0);
      leaving.abort();
      await assert.rejects(head, { code: 'CANCELLED' });
      assert.equal(await answered(others), 2);
      gate.release();
      await ended;
    });

    it('while its model loads makes no further session, and the model is not said to load any more', async () => {
      jobs.open();
      const leaving = new AbortController();
      const { ended } = await loading(jobs.models.a, (options) =>
        jobs.queue.run(prediction, jobs.models.a, predictionRequest, { ...options, signal: leaving.signal }),
      );
      assert.deepEqual(jobs.queue.stateOf(jobs.models.a), {
        status: 'LOADING',
        progress: { loaded: 1, total: predictionSessions },
        error: null,
        weights: null,
      });
      leaving.abort();
      jobs.runners.release();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(statusOf(jobs.models.a), 'UNLOADED');
      // It runs when the first is done with.
      await jobs.queue.run(prediction, jobs.models.b, predictionRequest);
      assert.equal(jobs.runners.made, 2 + predictionSessions);
      assert.equal(statusOf(jobs.models.a), 'UNLOADED');
      await jobs.queue.run(prediction, jobs.models.a, predictionRequest);
      assert.equal(jobs.runners.made, 2 * predictionSessions);
      assert.equal(statusOf(jobs.models.a), 'READY');
    });

    it('while a model that is in memory loads further graphs leaves it in memory', async () => {
      jobs.open();
      await jobs.queue.run(prediction, jobs.models.a, predictionRequest);
      const leaving = new AbortController();
      const { ended } = await loading(jobs.models.a, (options) =>
        jobs.queue.run(attribution, jobs.models.a, attributionRequest, { ...options, signal: leaving.signal }),
      );
      assert.equal(statusOf(jobs.models.a), 'LOADING');
      leaving.abort();
      jobs.runners.release();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(statusOf(jobs.models.a), 'READY');
    });
  });

  it('that is cancelled and comes to no next block is ended with its process', async () => {
    jobs.open();
    const leaving = new AbortController();
    const { ended } = await loading(jobs.models.a, (options) =>
      jobs.queue.run(prediction, jobs.models.a, predictionRequest, { ...options, signal: leaving.signal }),
    );
    const [pid] = jobs.runners.pids;
    jobs.runners.release('hang');
    leaving.abort();
    await assert.rejects(ended, { code: 'CANCELLED' });
    // Its answer waited for nothing: the process is still there, and takes no other job.
    assert.deepEqual(jobs.runners.pids, [pid]);
    assert.equal((await jobs.queue.run(prediction, jobs.models.a, predictionRequest)).likeliest.length, 1);
    assert.ok(!jobs.runners.pids.includes(pid ?? 0));
  });

  it('that is cancelled as it starts is ended with its process, which does nothing any more', async () => {
    jobs.open();
    const expected = await jobs.queue.run(prediction, jobs.models.a, predictionRequest);
    const [pid = 0] = jobs.runners.pids;
    process.kill(pid, 'SIGSTOP');
    const leaving = new AbortController();
    const options = { signal: leaving.signal, onStart: () => leaving.abort() };
    await assert.rejects(jobs.queue.run(prediction, jobs.models.a, predictionRequest, options), { code: 'CANCELLED' });
    assert.deepEqual(await jobs.queue.run(prediction, jobs.models.a, predictionRequest), expected);
    assert.ok(!jobs.runners.pids.includes(pid));
  });

  it('finds its model in memory, where one before it was cancelled while it loaded further graphs', async () => {
    jobs.open();
    const leaving = new AbortController();
    const reached = jobs.runners.hold(predictionSessions);
    const ended = jobs.queue.run(attribution, jobs.models.a, attributionRequest, { signal: leaving.signal });
    await reached;
    leaving.abort();
    jobs.runners.release();
    await assert.rejects(ended, { code: 'CANCELLED' });
    const made = jobs.runners.made;
    await jobs.queue.run(prediction, jobs.models.a, predictionRequest);
    assert.ok(jobs.runners.made <= made + 1, 'all that it needs was there');
    assert.equal(statusOf(jobs.models.a), 'READY');
  });
});
