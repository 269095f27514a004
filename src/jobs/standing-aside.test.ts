/** What becomes of a long job while it stands aside. */
import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { rename } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { before, beforeEach, describe, it } from 'node:test';
import { followed, LongJobs, occlusion, short, shortCirculation, small } from '../../test/support/long-jobs.ts';
import type { WatchedRunners } from '../../test/support/watched-runners.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { CirculationStep } from '../explain/circulation/event.ts';
import { ModelCost } from '../inference/cost.ts';
import { Gate } from '../inference/gate.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import type { JobOptions } from './engine.ts';
import { attribution } from './kinds/attribution.ts';
import { circulation } from './kinds/circulation.ts';
import { prediction } from './kinds/prediction.ts';
import type { Report } from './messages.ts';
import type { JobQueue, QueueSettings } from './queue.ts';

describe('a long job', () => {
  const jobs = new LongJobs();
  const { activationsOf, begun, heldShort, occluded, predicted } = jobs;
  let a: Snapshot;
  let b: Snapshot;
  /** Bytes of one set of graphs. */
  let one: number;
  let runners: WatchedRunners;
  let queue: JobQueue;
  before(async () => {
    ({ a, b } = jobs.models);
    one = memoryOf(await footprintOf(a.folder), 'PACKED', ['forward']);
  });
  beforeEach(() => {
    ({ runners } = jobs);
  });
  const open = (settings?: Partial<QueueSettings>) => {
    queue = jobs.open(settings);
  };

  describe('that stands aside', () => {
    it('has its memory counted: what has no room beside it waits until it has ended', async () => {
      const cost = new ModelCost(await openModelFiles(a.folder));
      const kept = [attribution.demand(cost, occlusion), circulation.demand(cost, shortCirculation)];
      // For circulation's graphs too, but not for another model's.
      open({ memory: 2 * one + kept.reduce((sum, { activations }) => sum + activations, 0) });
      const { gate, ended } = await begun(occluded);
      let begins = 0;
      const short = await heldShort();
      const inQueue = Promise.withResolvers<void>();
      const other = queue.run(attribution, b, small, {
        client: 'third',
        onQueue: () => inQueue.resolve(),
        onStart: () => begins++,
      });
      await inQueue.promise;
      short.gate.release();
      await short.ended;
      // By then the place of the short one was given away.
      await new Promise(setImmediate);
      assert.equal(begins, 0);
      gate.release();
      await Promise.all([ended, other]);
    });

    it('can be cancelled: it ends at once, and what runs meanwhile goes on in the same process', async () => {
      open();
      const leaving = new AbortController();
      const { ended } = await begun(occluded, { signal: leaving.signal });
      const other = await heldShort();
      const { pids } = runners;
      leaving.abort();
      await assert.rejects(ended, { code: 'CANCELLED' });
      other.gate.release();
      await other.ended;
      await predicted();
      assert.deepEqual(runners.pids, pids);
    });

    it('goes on when what it gave way to is cancelled', async () => {
      open();
      const leaving = new AbortController();
      const { gate, ended } = await begun(occluded);
      const other = await heldShort({ signal: leaving.signal });
      leaving.abort();
      await assert.rejects(other.ended, { code: 'CANCELLED' });
      gate.release();
      // Not asked before: from what that took the queue would learn, and how much longer this is than the other is up to the load.
      assert.deepEqual(await ended, await occluded());
    });

    it('begins anew, and tells nothing twice, when the process is ended for what it gave way to', async () => {
      open();
      const steps: string[] = [];
      const told = Promise.withResolvers<void>();
      const gate = new Gate();
      gate.hold(2);
      const onStep = (step: CirculationStep) => {
        steps.push(step.type === 'LAYER' ? `${step.layer}` : step.type);
        if (steps.length === 3) told.resolve();
      };
      let starts = 0;
      const onStart = () => starts++;
      const ended = queue.run(circulation, a, followed, { gate, onStep, onStart });
      await told.promise;
      const leaving = new AbortController();
      const reached = runners.hold(1);
      const stuck = queue.run(prediction, a, short, { client: 'other', signal: leaving.signal });
      stuck.catch(() => undefined);
      await reached;
      const [pid] = runners.pids;
      runners.release('hang');
      leaving.abort();
      gate.release();
      await ended;
      assert.deepEqual(steps, ['STARTED', '0', '1', '2', 'COMPLETED']);
      assert.equal(starts, 1);
      assert.ok(!runners.pids.includes(pid ?? 0));
    });

    for (const [way, what] of [
      ['exit', 'exit code 3'],
      ['kill', 'SIGKILL'],
    ] as const) {
      it(`is told so when its process ends (${what}), and the next one is answered`, async () => {
        open();
        const { ended } = await begun(occluded);
        // By then it is loaded.
        await predicted();
        const reached = runners.hold(1);
        const other = queue.run(circulation, a, shortCirculation, { client: 'other', onStep: () => undefined });
        await reached;
        runners.release(way);
        const fault = { code: 'OVER_CAPACITY', message: new RegExp(`has ended \\(${what}\\)`) };
        await Promise.all([assert.rejects(ended, fault), assert.rejects(other, fault)]);
        assert.equal((await predicted()).likeliest.length, 1);
      });
    }

    it('is not begun anew when its process ends though another worker is free', async () => {
      const kept = [await activationsOf(occlusion), await activationsOf(small)];
      open({ workers: 2, memory: kept.reduce((sum, bytes) => sum + bytes, one) });
      const { ended } = await begun(occluded);
      const other = await begun((options) => queue.run(attribution, a, small, { ...options, client: 'other' }));
      const { pids } = runners;
      let begins = 0;
      const { fork } = childProcess;
      childProcess.fork = ((...args: Parameters<typeof fork>) => {
        begins++;
        return fork(...args);
      }) as typeof fork;
      syncBuiltinESMExports();
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await Promise.all([assert.rejects(ended, /SIGKILL/), assert.rejects(other.ended, /SIGKILL/)]);
      assert.deepEqual([pids.length, begins], [1, 0]);
    });

    it('is refused as what it gave way to when the files are replaced', async () => {
      open();
      const { ended } = await begun(occluded);
      const other = await heldShort();
      await rename(a.folder, `${a.folder}-kept`);
      await rename(b.folder, a.folder);
      const refused = { code: 'CHECKPOINT', message: /has changed since/ };
      other.gate.release();
      await Promise.all([assert.rejects(ended, refused), assert.rejects(other.ended, refused)]);
      await rename(a.folder, b.folder);
      await rename(`${a.folder}-kept`, a.folder);
    });

    it('is cancelled by a queue that closes, and its process is gone', async () => {
      open();
      const { ended } = await begun(occluded);
      const other = await heldShort();
      const cancelled = { code: 'CANCELLED' };
      const both = Promise.all([assert.rejects(ended, cancelled), assert.rejects(other.ended, cancelled)]);
      await queue.close();
      await both;
      await runners.allGone();
    });

    it('is not said to have taken the time that it stood', async () => {
      const { fork } = childProcess;
      const took: number[] = [];
      childProcess.fork = ((...args: Parameters<typeof fork>) =>
        fork(...args).on('message', (report: Report) => {
          if (report.type === 'done') took.push(report.took.run);
        })) as typeof fork;
      syncBuiltinESMExports();
      open();
      const began = performance.now();
      const { gate, ended } = await begun(occluded);
      const other = await heldShort();
      const stands = performance.now();
      // For longer than all the rest takes, in which this difference would be lost.
      while (performance.now() - stands < 2 * (stands - began)) await new Promise(setImmediate);
      const stood = performance.now() - stands;
      other.gate.release();
      gate.release();
      await ended;
      const [, run = 0] = took;
      assert.ok(1000 * run <= performance.now() - began - stood);
    });

    // The last one: from here on the machine is measured, and nothing that is this small is long any more.
    it('has its place told: those that are under way before it', async () => {
      open();
      const tickets: Parameters<NonNullable<JobOptions['onQueue']>>[0][] = [];
      const onQueue: JobOptions['onQueue'] = (ticket) => tickets.push(ticket);
      const { gate, ended } = await begun((options) => occluded({ ...options, onQueue }));
      assert.equal(await tickets[0]?.place(), null, 'it computes');
      const other = await heldShort();
      const { position, ahead } = (await tickets[0]?.place()) ?? {};
      assert.deepEqual({ position, ahead }, { position: 1, ahead: 1 });
      other.gate.release();
      gate.release();
      await Promise.all([other.ended, ended]);
      assert.equal(await tickets[0]?.place(), null, 'it is over');
    });
  });
});
