/** Long jobs stand aside for short ones, and nobody can tell by their answers. */
import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { rename } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { WatchedRunners } from '../../test/support/watched-runners.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { initModel } from '../cli/models/init.ts';
import type { AttributionRequest } from '../explain/attribution/result.ts';
import type { CirculationRequest, CirculationStep } from '../explain/circulation/event.ts';
import { ModelCost } from '../inference/cost.ts';
import { Gate } from '../inference/gate.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import type { JobOptions } from './engine.ts';
import { attribution } from './kinds/attribution.ts';
import { circulation } from './kinds/circulation.ts';
import { prediction } from './kinds/prediction.ts';
import type { Report } from './messages.ts';
import { JobQueue, type QueueSettings } from './queue.ts';

/** So many that what is held for a while is still long. */
const inputIds = Array.from({ length: 200 }, (_, index) => 30 + index);
const target = { position: 199, token: null, against: null };
const occlusion: AttributionRequest = { inputIds, targets: [target], method: 'OCCLUSION', selection: {} };
const followed: CirculationRequest = { inputIds, track: [...inputIds.keys()].slice(0, 60), layers: 3, top: 1, target };
const short = { inputIds: [72, 101], position: 1, tokens: [], top: 1 };
const small = { ...occlusion, inputIds: [72, 101], targets: [{ ...target, position: 1 }] };
/** As short, and can be held. */
const shortCirculation: CirculationRequest = {
  inputIds: [72, 101],
  track: [0],
  layers: 3,
  top: 1,
  target: { ...target, position: 1 },
};

describe('a long job', () => {
  let models: Awaited<ReturnType<typeof temporaryFolder>>;
  let a: Snapshot;
  let b: Snapshot;
  /** Bytes of one set of graphs. */
  let one: number;
  let runners: WatchedRunners;
  let queue: JobQueue;
  before(async () => {
    models = await temporaryFolder();
    const make = (name: string, seed: number) =>
      initModel(models.path, 'llama', name, { seed, dtype: 'BF16', width: 32, layers: 3, heads: 2 });
    a = await make('a', 1);
    b = await make('b', 2);
    one = memoryOf(await footprintOf(a.folder), 'PACKED', ['forward']);
  });
  after(() => models[Symbol.asyncDispose]());
  beforeEach(async () => {
    runners = await WatchedRunners.start();
  });
  afterEach(async () => {
    await queue.close();
    await runners[Symbol.asyncDispose]();
  });

  const open = (settings: Partial<QueueSettings> = {}) => {
    queue = new JobQueue({ workers: 1, threads: 1, queue: 10, weights: 'packed', ...settings });
  };

  /** A job that waits before its block 1, by its own gate. */
  const begun = async <Result>(ask: (options: JobOptions<never>) => Promise<Result>, options: JobOptions = {}) => {
    const gate = new Gate();
    gate.hold(1);
    const started = Promise.withResolvers<void>();
    const ended = ask({ ...options, gate, onStart: started.resolve });
    ended.catch(() => undefined);
    await started.promise;
    let over = false;
    const end = () => {
      over = true;
    };
    ended.then(end, end);
    return { gate, ended, isOver: () => over };
  };

  /** Bytes; counted, so that no machine is measured: all jobs are long by what is known of it before. */
  const activationsOf = async (request: AttributionRequest) => {
    const cost = new ModelCost(await openModelFiles(a.folder));
    return attribution.demand(cost, request).activations;
  };
  const predicted = (model = a) => queue.run(prediction, model, short, { client: 'other' });
  const occluded = (options: JobOptions<never> = {}) => queue.run(attribution, a, occlusion, options);
  /** Another client's, before its second block: whatever ran stands aside by then. */
  const heldShort = async (options: JobOptions = {}) => {
    const reached = Promise.withResolvers<void>();
    const gate = new Gate();
    gate.hold(1);
    const onStep = ({ type }: CirculationStep) => type === 'LAYER' && reached.resolve();
    const ended = queue.run(circulation, a, shortCirculation, { ...options, client: 'other', gate, onStep });
    ended.catch(() => undefined);
    await reached.promise;
    return { gate, ended };
  };

  describe('gives way before any of its blocks, with the same answer to the last bit:', () => {
    const studies = { faithfulness: 1, 'ablations.ZERO': 9, 'ablations.MEAN': 9, 'edges.TOTAL': 5, neurons: 3 };
    const questions: [name: string, request: AttributionRequest][] = [
      ['OCCLUSION', occlusion],
      ['INTEGRATED_GRADIENTS', { ...occlusion, method: 'INTEGRATED_GRADIENTS', options: { steps: 10 } }],
      ['FROZEN with studies', { ...occlusion, method: 'FROZEN', selection: studies }],
    ];
    for (const [name, request] of questions) {
      it(name, async () => {
        open();
        const expected = await predicted();
        const { gate, ended, isOver } = await begun((options) => queue.run(attribution, a, request, options));
        // Through the blocks, and into the second pass, forth or back.
        for (const block of [1, 2, 0, 1]) {
          gate.hold(block);
          assert.deepEqual(await predicted(), expected);
          assert.ok(!isOver());
        }
        gate.release();
        const answer = await ended;
        assert.deepEqual(answer, await queue.run(attribution, a, request), 'as alone');
      });
    }

    it('a circulation, with the same steps', async () => {
      open();
      const stepsOf = async (hold: boolean) => {
        const steps: CirculationStep[] = [];
        const gate = new Gate();
        if (hold) gate.hold(0);
        const onStep = (step: CirculationStep) => steps.push(step.type === 'LAYER' ? { ...step, elapsed: 0 } : step);
        const ended = queue.run(circulation, a, followed, { gate, onStep });
        for (const block of hold ? [0, 1, 2] : []) {
          gate.hold(block);
          await predicted();
        }
        gate.release();
        await ended;
        return steps;
      };
      assert.deepEqual(await stepsOf(true), await stepsOf(false));
    });
  });

  it('gives way to another model, and to short work of its own client', async () => {
    open();
    const { gate, ended, isOver } = await begun(occluded, { client: 'own' });
    await predicted(b);
    await queue.run(prediction, a, short, { client: 'own' });
    assert.ok(!isOver());
    gate.release();
    await ended;
  });

  it('gives way to one that gives way itself', async () => {
    open();
    const { gate, ended } = await begun(occluded);
    const middle = { ...occlusion, inputIds: inputIds.slice(0, 100), targets: [{ ...target, position: 99 }] };
    const second = await begun((options) => queue.run(attribution, a, middle, { ...options, client: 'other' }));
    await queue.run(prediction, a, short, { client: 'third' });
    second.gate.release();
    await second.ended;
    gate.release();
    await ended;
  });

  for (const [what, model, room, gives] of [
    ['where what both keep is within the memory', 'a', 1, true],
    ['not where what both keep is more than the memory', 'a', -1, false],
    ['to another model where there is room for both', 'b', 1, true],
    ['not to another model where there is room for one', 'b', -1, false],
  ] as const) {
    it(`gives way ${what}`, async () => {
      const [own, other] = [await activationsOf(occlusion), await activationsOf(small)];
      open({ memory: (model === 'b' ? 2 : 1) * one + own + other + room });
      const long = await begun(occluded);
      let asked = 0;
      long.gate.follow(({ aside }) => {
        if (aside) asked++;
      });
      const ends: string[] = [];
      const inQueue = Promise.withResolvers<void>();
      const ended = long.ended.then(() => ends.push('long'));
      const answered = queue
        .run(attribution, model === 'a' ? a : b, small, { client: 'other', onQueue: () => inQueue.resolve() })
        .then(() => ends.push('short'));
      if (gives) await answered;
      else await inQueue.promise;
      long.gate.release();
      await Promise.all([ended, answered]);
      assert.equal(asked > 0, gives);
      assert.deepEqual(ends, gives ? ['short', 'long'] : ['long', 'short']);
    });
  }
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
      const alone = await occluded();
      const leaving = new AbortController();
      const { gate, ended } = await begun(occluded);
      const other = await heldShort({ signal: leaving.signal });
      leaving.abort();
      await assert.rejects(other.ended, { code: 'CANCELLED' });
      gate.release();
      assert.deepEqual(await ended, alone);
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
