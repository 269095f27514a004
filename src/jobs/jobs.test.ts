/** How jobs begin and end, whatever becomes of them, of their runners and of the queue. */
import assert from 'node:assert/strict';
import childProcess, { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, rename } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { WatchedRunners } from '../../test/support/watched-runners.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { initModel } from '../cli/models/init.ts';
import type { AttributionRequest } from '../explain/attribution/result.ts';
import type { CirculationRequest, CirculationStep } from '../explain/circulation/event.ts';
import { Gate } from '../inference/gate.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import type { JobOptions } from './engine.ts';
import { attribution } from './kinds/attribution.ts';
import { circuits } from './kinds/circuits.ts';
import { circulation } from './kinds/circulation.ts';
import { prediction } from './kinds/prediction.ts';
import { JobQueue, type QueueSettings } from './queue.ts';

const target = { position: 1, token: null, against: null };
const attributionRequest: AttributionRequest = {
  inputIds: [72, 101],
  targets: [target],
  method: 'FROZEN',
  selection: {},
};
const circulationRequest: CirculationRequest = { inputIds: [72, 101], track: [0], layers: 2, top: 1, target };
const predictionRequest = { inputIds: [72, 101], position: 1, tokens: [], top: 1 };
const circuitsRequest = { copying: true, composition: ['K' as const] };
/** Embedding, target, and of each of two blocks. */
const predictionSessions = 4;

describe('a job of the queue', () => {
  let models: Awaited<ReturnType<typeof temporaryFolder>>;
  let a: Snapshot;
  let b: Snapshot;
  let runners: WatchedRunners;
  let queue: JobQueue;
  before(async () => {
    models = await temporaryFolder();
    const make = (name: string, seed: number) =>
      initModel(models.path, 'llama', name, { seed, dtype: 'BF16', width: 32, layers: 2, heads: 2 });
    a = await make('a', 1);
    b = await make('b', 2);
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
  const statusOf = (model: Snapshot) => queue.stateOf(model).status;

  /** A circulation that waits before its second block. */
  const held = async (model: Snapshot, options: JobOptions = {}) => {
    const gate = new Gate();
    gate.hold(1);
    const reached = Promise.withResolvers<void>();
    const onStep = ({ type }: CirculationStep) => type === 'LAYER' && reached.resolve();
    const ended = queue.run(circulation, model, circulationRequest, { ...options, gate, onStep });
    await reached.promise;
    return { gate, ended };
  };

  /** A job of a model that waits after the first session that it makes. */
  const loading = async (model: Snapshot, ask: (options: JobOptions) => Promise<unknown>) => {
    const reached = runners.hold(1);
    const ended = ask({});
    await reached;
    while (statusOf(model) !== 'LOADING') await new Promise(setImmediate);
    return { ended };
  };

  /** The job, when it waits in the queue. */
  const queued = async (ask: (options: JobOptions<never>) => Promise<unknown>) => {
    const inQueue = Promise.withResolvers<void>();
    const job = ask({ onQueue: () => inQueue.resolve() });
    await inQueue.promise;
    return { job };
  };
  const predictionOf = (model: Snapshot) =>
    queued((options) => queue.run(prediction, model, predictionRequest, options));
  /** How many of the jobs had an answer. */
  const answered = async (jobs: readonly { readonly job: Promise<unknown> }[]) =>
    (await Promise.allSettled(jobs.map(({ job }) => job))).filter(({ status }) => status === 'fulfilled').length;

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

  for (const [way, what] of [
    ['exit', 'exit code 3'],
    ['kill', 'SIGKILL'],
  ] as const) {
    describe(`whose process ends with ${what}`, () => {
      const fault = { code: 'OVER_CAPACITY', message: new RegExp(`has ended \\(${what}\\).*Ask again`) };

      it('is told so, and the next ones run in a new process', async () => {
        open({ memory: 1.5 * memoryOf(await footprintOf(a.folder), 'PACKED', ['forward']) });
        await queue.run(prediction, b, predictionRequest);
        const { ended } = await loading(a, (options) => queue.run(prediction, a, predictionRequest, options));
        const next = [b, a].map((model) => queue.run(prediction, model, predictionRequest));
        runners.release(way);
        await assert.rejects(ended, fault);
        for (const { likeliest } of await Promise.all(next)) assert.equal(likeliest.length, 1);
        assert.deepEqual([statusOf(a), statusOf(b)].sort(), ['READY', 'UNLOADED']);
      });

      it('leaves its model neither loading nor in memory, and other models alone', async () => {
        open();
        await queue.run(prediction, a, predictionRequest);
        await queue.run(prediction, b, predictionRequest);
        assert.deepEqual([statusOf(a), statusOf(b)], ['READY', 'READY']);
        const { ended } = await loading(a, (options) => queue.run(attribution, a, attributionRequest, options));
        runners.release(way);
        await assert.rejects(ended, fault);
        assert.deepEqual([statusOf(a), statusOf(b)], ['UNLOADED', 'READY']);
      });

      it('leaves those of other processes alone, and gives its place to those that wait', async () => {
        open({ workers: 2 });
        const { gate, ended: other } = await held(b);
        const { ended } = await loading(a, (options) => queue.run(prediction, a, predictionRequest, options));
        const waiting = [await predictionOf(b), await predictionOf(b)];
        runners.release(way);
        await assert.rejects(ended, fault);
        assert.equal(await answered(waiting), 2);
        gate.release();
        await other;
        assert.equal(statusOf(b), 'READY');
      });
    });
  }

  it('runs in a new process where that of its model was killed while it had nothing to do', async () => {
    open();
    const expected = await queue.run(prediction, a, predictionRequest);
    for (const pid of runners.pids) process.kill(pid, 'SIGKILL');
    while (statusOf(a) !== 'UNLOADED') await new Promise(setImmediate);
    assert.deepEqual(await queue.run(prediction, a, predictionRequest), expected);
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

  describe('whose process cannot be started', () => {
    const { execPath } = process;
    afterEach(() => {
      process.execPath = execPath;
      delete process.env.LARGE;
    });

    for (const [why, spoil] of [
      [
        'ENOENT',
        () => {
          process.execPath = '/nowhere/node';
        },
      ],
      [
        'E2BIG',
        () => {
          process.env.LARGE = 'x'.repeat(2 ** 22);
        },
      ],
    ] as const) {
      it(`is told so (${why}), and those that wait for it too; the next one is answered`, async () => {
        open();
        const { gate, ended } = await held(a);
        const waiting = [1, 2].map(() => queue.run(prediction, b, predictionRequest));
        const refused = { code: 'OVER_CAPACITY', message: new RegExp(`could not be started \\(${why}\\)`) };
        const told = waiting.map((job) => assert.rejects(job, refused));
        // By then they are planned.
        await queue.estimate(prediction, b, predictionRequest);
        spoil();
        gate.release();
        await Promise.all([ended, ...told]);
        assert.equal(statusOf(b), 'UNLOADED');
        process.execPath = execPath;
        delete process.env.LARGE;
        assert.equal((await queue.run(prediction, b, predictionRequest)).likeliest.length, 1);
      });
    }

    it('is told so (EMFILE), and the next one is answered', async () => {
      open();
      const script = fileURLToPath(new URL('../../test/support/closing-queue.ts', import.meta.url));
      const command = 'ulimit -n 100; exec "$0" "$@"';
      const { stdout } = await promisify(execFile)('sh', ['-c', command, execPath, script, a.folder, 'starve']);
      assert.equal(stdout, 'OVER_CAPACITY\npredicted\n');
    });
  });

  it('leaves no process behind when its server is killed', async () => {
    open();
    const script = fileURLToPath(new URL('../../test/support/closing-queue.ts', import.meta.url));
    const server = spawn(process.execPath, [script, a.folder, 'stay'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(server.stdout, 'data');
    const pid = Number(String(line));
    assert.ok(isAlive(pid));
    server.kill('SIGKILL');
    while (isAlive(pid)) await setTimeout(10);
  });

  describe('whose queue closes', () => {
    for (const [kind, ask] of [
      ['a prediction', (options: JobOptions) => queue.run(prediction, a, predictionRequest, options)],
      ['a look at circuits', (options: JobOptions) => queue.run(circuits, a, circuitsRequest, options)],
      ['an attribution', (options: JobOptions) => queue.run(attribution, a, attributionRequest, options)],
    ] as const) {
      it(`is cancelled, ${kind} that is given to a runner just then`, async () => {
        open();
        const closed = Promise.withResolvers<void>();
        const ended = ask({ onStart: () => closed.resolve(queue.close()) });
        await assert.rejects(ended, { code: 'CANCELLED' });
        await closed.promise;
        await runners.allGone();
      });

      it(`is cancelled, ${kind} that is under way, and what was loaded is given back`, async () => {
        open();
        const reached = runners.hold(2);
        const ended = assert.rejects(ask({}), { code: 'CANCELLED' });
        await reached;
        await Promise.all([ended, queue.close()]);
        await runners.allGone();
      });
    }

    it('is told of no further step, though one is on the way', async () => {
      open();
      const { fork } = childProcess;
      let runner: childProcess.ChildProcess | undefined;
      childProcess.fork = ((...args: Parameters<typeof fork>) => {
        runner = fork(...args);
        return runner;
      }) as typeof fork;
      syncBuiltinESMExports();
      const steps: CirculationStep[] = [];
      const ended = queue.run(circulation, a, circulationRequest, {
        onStep: (step) => {
          steps.push(step);
          void queue.close();
          if (steps.length === 1) runner?.emit('message', { order: 0, type: 'step', step });
        },
      });
      await assert.rejects(ended, { code: 'CANCELLED' });
      await runners.allGone();
      assert.equal(steps.length, 1);
    });

    it('as its answer comes settles the closing, though the process has nothing else to wait for', async () => {
      const script = fileURLToPath(new URL('../../test/support/closing-queue.ts', import.meta.url));
      open();
      const { stdout } = await promisify(execFile)(process.execPath, [script, a.folder, 'answered']);
      assert.equal(stdout, 'CANCELLED\nclosed\n');
    });

    it('is told so though the process has nothing else to wait for', async () => {
      const script = fileURLToPath(new URL('../../test/support/closing-queue.ts', import.meta.url));
      open();
      const { stdout } = await promisify(execFile)(process.execPath, [script, a.folder]);
      assert.equal(stdout, 'CANCELLED\nclosed\n');
    });
  });

  describe('whose files are replaced while it is under way', () => {
    /** The two models change places. */
    const swap = async () => {
      await rename(a.folder, `${a.folder}-kept`);
      await rename(b.folder, a.folder);
      await rename(`${a.folder}-kept`, b.folder);
    };

    for (const [kind, ask] of [
      ['a prediction', () => queue.run(prediction, a, predictionRequest)],
      ['a look at circuits', () => queue.run(circuits, a, circuitsRequest)],
      ['an attribution', () => queue.run(attribution, a, attributionRequest)],
    ] as const) {
      it(`is refused, ${kind}, and nothing of the other files is kept for when the first are put back`, async () => {
        open();
        const expected = await ask();
        await queue.close();
        open();
        const reached = runners.hold(2);
        const refused = assert.rejects(ask(), { code: 'CHECKPOINT', message: /has changed since/ });
        await reached;
        await swap();
        runners.release();
        await refused;
        await runners.allGone();
        assert.ok((await queue.estimate(prediction, a, predictionRequest)).loadTime > 0);
        assert.equal(statusOf(a), 'FAILED');
        assert.match(queue.stateOf(a).error ?? '', /has changed since/);
        await swap();
        assert.deepEqual(await ask(), expected);
      });
    }

    it('tells no further step, a circulation, and keeps nothing when it is cancelled then', async () => {
      open();
      const expected = await queue.run(prediction, a, predictionRequest);
      await queue.close();
      open();
      const leaving = new AbortController();
      const { gate, ended } = await held(a, { signal: leaving.signal });
      await swap();
      leaving.abort();
      gate.release();
      await assert.rejects(ended, { code: 'CANCELLED' });
      await runners.allGone();
      await swap();
      assert.deepEqual(await queue.run(prediction, a, predictionRequest), expected);
    });
  });

  it('is refused before anything is loaded when the files are others by then, whether they were loaded or not', async () => {
    open();
    const others = { ...a, fingerprint: b.fingerprint };
    const refused = { code: 'CHECKPOINT', message: /has changed since/ };
    await assert.rejects(queue.run(prediction, others, predictionRequest), refused);
    assert.equal(runners.made, 0);
    await queue.run(prediction, a, predictionRequest);
    await appendFile(join(a.folder, 'config.json'), '\n');
    await assert.rejects(queue.run(attribution, a, attributionRequest), refused);
    assert.equal(runners.made, predictionSessions);
    a = await openModelFiles(a.folder);
    await queue.run(prediction, a, predictionRequest);
    assert.equal(runners.pids.length, 1, 'the process of the files before is gone');
  });

  it('that is a look at circuits loads nothing to stay', async () => {
    open();
    const reached = runners.hold(0);
    const looking = queue.run(circuits, a, circuitsRequest);
    await reached;
    assert.equal(statusOf(a), 'UNLOADED');
    runners.release();
    await looking;
    assert.equal(statusOf(a), 'UNLOADED');
    assert.equal(runners.open, 0);
  });

  it('ends the process of a model that gives way to another one', async () => {
    open({ memory: 1.5 * memoryOf(await footprintOf(a.folder), 'PACKED', ['forward']) });
    for (const model of [a, b, a]) {
      await queue.run(prediction, model, predictionRequest);
      assert.equal(statusOf(model), 'READY');
      assert.equal(statusOf(model === a ? b : a), 'UNLOADED');
      assert.equal(runners.pids.length, 1);
    }
    await queue.close();
    await runners.allGone();
  });

  it('gives the sessions back that run once', async () => {
    open();
    await queue.run(prediction, a, predictionRequest);
    await queue.run(circuits, a, circuitsRequest);
    assert.ok(runners.made > predictionSessions);
    assert.equal(runners.open, predictionSessions);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
