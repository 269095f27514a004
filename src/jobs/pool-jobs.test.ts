/** How jobs of the pool begin and end, whatever becomes of them, of their threads and of the pool. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { WatchedWorkers } from '../../test/watched-workers.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { initModel } from '../cli/models/init.ts';
import type { AttributionRequest } from '../explain/attribution/result.ts';
import type { CirculationRequest, CirculationStep } from '../explain/circulation/event.ts';
import { Gate } from '../inference/gate.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import type { JobOptions } from './engine.ts';
import { type PoolSettings, WorkerPool } from './pool.ts';

const target = { position: 1, token: null, against: null };
const attribution: AttributionRequest = { inputIds: [72, 101], targets: [target], method: 'FROZEN', selection: {} };
const circulation: CirculationRequest = { inputIds: [72, 101], track: [0], layers: 2, top: 1, target };
const prediction = { inputIds: [72, 101], position: 1, tokens: [], top: 1 };
const circuits = { copying: true, composition: ['K' as const] };
/** Embedding, target, and of each of two blocks. */
const predictionSessions = 4;

describe('a job of the pool', () => {
  let models: Awaited<ReturnType<typeof temporaryFolder>>;
  let a: Snapshot;
  let b: Snapshot;
  let workers: WatchedWorkers;
  let pool: WorkerPool;
  before(async () => {
    models = await temporaryFolder();
    const make = (name: string, seed: number) =>
      initModel(models.path, 'llama', name, { seed, dtype: 'F32', width: 32, layers: 2, heads: 2 });
    a = await make('a', 1);
    b = await make('b', 2);
  });
  after(() => models[Symbol.asyncDispose]());
  beforeEach(() => {
    workers = new WatchedWorkers();
  });
  afterEach(async () => {
    workers[Symbol.dispose]();
    await pool.close();
  });

  const open = (settings: Partial<PoolSettings> = {}) => {
    pool = new WorkerPool({ workers: 1, threads: 1, queue: 10, ...settings });
  };
  const statusOf = (model: Snapshot) => pool.stateOf(model).status;

  /** A circulation that waits before its second block. */
  const held = async (model: Snapshot, options: JobOptions = {}) => {
    const gate = new Gate();
    gate.hold(1);
    const reached = Promise.withResolvers<void>();
    const onStep = ({ type }: CirculationStep) => type === 'LAYER' && reached.resolve();
    const ended = pool.circulate(model, circulation, { ...options, gate, onStep });
    await reached.promise;
    return { gate, ended };
  };

  /** A job that waits after the first session that it makes. */
  const loading = async (ask: (options: JobOptions) => Promise<unknown>) => {
    const reached = workers.hold(1);
    const told = Promise.withResolvers<void>();
    const ended = ask({ onLoad: () => told.resolve() });
    await Promise.all([reached, told.promise]);
    return { ended };
  };

  /** Settles when one of the jobs is refused: the others wait in the queue. */
  const queueIsFull = (jobs: readonly Promise<unknown>[]) =>
    Promise.race(jobs.map((job) => assert.rejects(job, { code: 'OVER_CAPACITY' })));
  /** How many of the jobs had an answer. */
  const answered = async (jobs: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(jobs)).filter(({ status }) => status === 'fulfilled').length;

  describe('that is cancelled', () => {
    it('while it runs leaves those that wait in the queue', async () => {
      open({ queue: 2 });
      const leaving = new AbortController();
      const { ended } = await held(a, { signal: leaving.signal });
      const waiting = [1, 2, 3].map(() => pool.predict(b, prediction));
      await queueIsFull(waiting);
      leaving.abort();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(await answered(waiting), 2);
    });

    it('at the head of the queue lets the next one start, which had room beside the one that runs', async () => {
      open({ workers: 2, queue: 2, memory: 3.5 * memoryOf(await footprintOf(a.folder), 1) });
      await pool.predict(b, prediction);
      // In the same thread, which keeps both.
      const { gate, ended } = await held(a);
      const leaving = new AbortController();
      // It needs two sets of graphs.
      const head = pool.attribute(b, attribution, { signal: leaving.signal });
      const others = [1, 2].map(() => pool.predict(b, prediction));
      await queueIsFull([head, ...others]);
      leaving.abort();
      await assert.rejects(head, { code: 'CANCELLED' });
      assert.equal(await answered(others), 1);
      gate.release();
      await ended;
    });

    it('while its model loads makes no further session, and the model is not said to load any more', async () => {
      open();
      const leaving = new AbortController();
      const { ended } = await loading((options) => pool.predict(a, prediction, { ...options, signal: leaving.signal }));
      assert.deepEqual(pool.stateOf(a), {
        status: 'LOADING',
        progress: { loaded: 1, total: predictionSessions },
        error: null,
      });
      assert.equal(statusOf(b), 'UNLOADED');
      leaving.abort();
      workers.release();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(workers.made, 2);
      assert.equal(statusOf(a), 'UNLOADED');
      const reached = workers.hold(0);
      const looking = pool.circuits(a, circuits);
      await reached;
      assert.equal(statusOf(a), 'UNLOADED', 'a look at circuits loads nothing to stay');
      workers.release();
      await looking;
      await pool.predict(a, prediction);
      assert.equal(workers.open, predictionSessions);
      assert.equal(statusOf(a), 'READY');
    });

    it('while a model that is in memory loads further graphs leaves it in memory', async () => {
      open();
      await pool.predict(a, prediction);
      const leaving = new AbortController();
      const { ended } = await loading((options) =>
        pool.attribute(a, attribution, { ...options, signal: leaving.signal }),
      );
      assert.equal(statusOf(a), 'LOADING');
      leaving.abort();
      workers.release();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(statusOf(a), 'READY');
    });
  });

  for (const way of ['exit', 'throw'] as const) {
    describe(`whose thread ${way === 'exit' ? 'exits' : 'throws'}`, () => {
      const fault = way === 'exit' ? /thread ended while it had a job/ : /A fault of the thread/;

      it('is told so, and the next ones run in a new thread, which has nothing in memory', async () => {
        open({ memory: 1.5 * memoryOf(await footprintOf(a.folder), 1) });
        await pool.predict(b, prediction);
        const { ended } = await loading((options) => pool.predict(a, prediction, options));
        const next = [pool.predict(b, prediction), pool.predict(a, prediction)];
        workers.release(way);
        await assert.rejects(ended, fault);
        for (const { likeliest } of await Promise.all(next)) assert.equal(likeliest.length, 1);
        assert.deepEqual([statusOf(a), statusOf(b)], ['READY', 'UNLOADED']);
      });

      it('leaves no model of that thread loading or in memory', async () => {
        open();
        await pool.predict(a, prediction);
        await pool.predict(b, prediction);
        assert.deepEqual([statusOf(a), statusOf(b)], ['READY', 'READY']);
        const { ended } = await loading((options) => pool.attribute(a, attribution, options));
        workers.release(way);
        await assert.rejects(ended, fault);
        assert.deepEqual([statusOf(a), statusOf(b)], ['UNLOADED', 'UNLOADED']);
      });

      it('leaves those of other threads alone, and its own takes those that wait', async () => {
        open({ workers: 2, queue: 1 });
        const { gate, ended: other } = await held(b);
        const { ended } = await loading((options) => pool.predict(a, prediction, options));
        const waiting = [1, 2].map(() => pool.predict(b, prediction));
        await queueIsFull(waiting);
        workers.release(way);
        await assert.rejects(ended, fault);
        assert.equal(await answered(waiting), 1);
        gate.release();
        await other;
        assert.equal(statusOf(b), 'READY');
      });
    });
  }

  describe('whose pool closes', () => {
    for (const [kind, ask] of [
      ['a prediction', (options: JobOptions) => pool.predict(a, prediction, options)],
      ['a look at circuits', (options: JobOptions) => pool.circuits(a, circuits, options)],
      ['an attribution', (options: JobOptions) => pool.attribute(a, attribution, options)],
    ] as const) {
      it(`is cancelled, ${kind} that is given to a thread just then`, async () => {
        open();
        const closed = Promise.withResolvers<void>();
        const ended = ask({ onStart: () => closed.resolve(pool.close()) });
        await assert.rejects(ended, { code: 'CANCELLED' });
        await closed.promise;
        assert.equal(workers.open, 0);
      });

      it(`is cancelled, ${kind} that is under way, and what was loaded is given back`, async () => {
        open();
        const reached = workers.hold(2);
        const ended = assert.rejects(ask({}), { code: 'CANCELLED' });
        await reached;
        const closed = pool.close();
        workers.release();
        await Promise.all([ended, closed]);
        assert.equal(workers.made, 3);
        assert.equal(workers.open, 0);
      });
    }

    it('is told so though the process has nothing else to wait for', async () => {
      const script = fileURLToPath(new URL('closing-pool.ts', import.meta.url));
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
      ['a prediction', () => pool.predict(a, prediction)],
      ['a look at circuits', () => pool.circuits(a, circuits)],
      ['an attribution', () => pool.attribute(a, attribution)],
    ] as const) {
      it(`is refused, ${kind}, and nothing of the other files is kept for when the first are put back`, async () => {
        open();
        const expected = await ask();
        await pool.close();
        open();
        const reached = workers.hold(2);
        const refused = assert.rejects(ask(), { code: 'CHECKPOINT', message: /has changed since/ });
        await reached;
        await swap();
        workers.release();
        await refused;
        assert.equal(workers.open, 0);
        assert.ok((await pool.estimate(a, { kind: 'prediction', request: prediction })).loadTime > 0);
        assert.equal(statusOf(a), 'FAILED');
        assert.match(pool.stateOf(a).error ?? '', /has changed since/);
        await swap();
        assert.deepEqual(await ask(), expected);
        assert.notEqual(statusOf(a), 'FAILED');
      });
    }

    it('tells no further step, a circulation, and keeps nothing when it is cancelled then', async () => {
      open();
      const expected = await pool.predict(a, prediction);
      await pool.close();
      open();
      const leaving = new AbortController();
      const { gate, ended } = await held(a, { signal: leaving.signal });
      await swap();
      leaving.abort();
      gate.release();
      await assert.rejects(ended, { code: 'CANCELLED' });
      assert.equal(workers.open, 0);
      await swap();
      assert.deepEqual(await pool.predict(a, prediction), expected);
    });
  });

  it('is refused before anything is loaded when the files are others by then, whether they were loaded or not', async () => {
    open();
    const others = { ...a, fingerprint: b.fingerprint };
    await assert.rejects(pool.predict(others, prediction), { code: 'CHECKPOINT', message: /has changed since/ });
    assert.equal(workers.made, 0);
    await pool.predict(a, prediction);
    await appendFile(join(a.folder, 'config.json'), '\n');
    await assert.rejects(pool.attribute(a, attribution), { code: 'CHECKPOINT', message: /has changed since/ });
    assert.equal(workers.made, predictionSessions);
    a = await openModelFiles(a.folder);
  });

  it('gives the sessions of a model back whose files were replaced', async () => {
    open();
    await pool.predict(a, prediction);
    await appendFile(join(a.folder, 'config.json'), '\n');
    a = await openModelFiles(a.folder);
    await pool.predict(a, prediction);
    assert.equal(workers.open, predictionSessions);
  });

  it('gives the sessions of a model back that gives way to another one', async () => {
    open({ memory: 1.5 * memoryOf(await footprintOf(a.folder), 1) });
    for (const model of [a, b, a]) {
      await pool.predict(model, prediction);
      assert.equal(workers.open, predictionSessions);
    }
    await pool.close();
    assert.equal(workers.open, 0);
  });

  it('gives the sessions back that run once', async () => {
    open();
    await pool.predict(a, prediction);
    await pool.circuits(a, circuits);
    assert.ok(workers.made > predictionSessions);
    assert.equal(workers.open, predictionSessions);
  });
});
