/** Jobs and the processes that they run in, whatever becomes of either. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  answered,
  attributionRequest,
  circuitsRequest,
  predictionRequest,
  predictionSessions,
  QueueFixture,
} from '../../test/support/queue-fixture.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import { attribution } from './kinds/attribution.ts';
import { circuits } from './kinds/circuits.ts';
import { prediction } from './kinds/prediction.ts';

describe('a job of the queue', () => {
  const jobs = new QueueFixture();
  const { held, loading, predictionOf, statusOf } = jobs;

  for (const [way, what] of [
    ['exit', 'exit code 3'],
    ['kill', 'SIGKILL'],
  ] as const) {
    describe(`whose process ends with ${what}`, () => {
      const fault = { code: 'OVER_CAPACITY', message: new RegExp(`has ended \\(${what}\\).*Ask again`) };

      it('is told so, and the next ones run in a new process', async () => {
        jobs.open({ memory: 1.5 * memoryOf(await footprintOf(jobs.models.a.folder), 'PACKED', ['forward']) });
        await jobs.queue.run(prediction, jobs.models.b, predictionRequest);
        const { ended } = await loading(jobs.models.a, (options) =>
          jobs.queue.run(prediction, jobs.models.a, predictionRequest, options),
        );
        const next = [jobs.models.b, jobs.models.a].map((model) =>
          jobs.queue.run(prediction, model, predictionRequest),
        );
        jobs.runners.release(way);
        await assert.rejects(ended, fault);
        for (const { likeliest } of await Promise.all(next)) assert.equal(likeliest.length, 1);
        assert.deepEqual([statusOf(jobs.models.a), statusOf(jobs.models.b)].sort(), ['READY', 'UNLOADED']);
      });

      it('leaves its model neither loading nor in memory, and other models alone', async () => {
        jobs.open();
        await jobs.queue.run(prediction, jobs.models.a, predictionRequest);
        await jobs.queue.run(prediction, jobs.models.b, predictionRequest);
        assert.deepEqual([statusOf(jobs.models.a), statusOf(jobs.models.b)], ['READY', 'READY']);
        const { ended } = await loading(jobs.models.a, (options) =>
          jobs.queue.run(attribution, jobs.models.a, attributionRequest, options),
        );
        jobs.runners.release(way);
        await assert.rejects(ended, fault);
        assert.deepEqual([statusOf(jobs.models.a), statusOf(jobs.models.b)], ['UNLOADED', 'READY']);
      });

      it('leaves those of other processes alone, and gives its place to those that wait', async () => {
        jobs.open({ workers: 2 });
        const { gate, ended: other } = await held(jobs.models.b);
        const { ended } = await loading(jobs.models.a, (options) =>
          jobs.queue.run(prediction, jobs.models.a, predictionRequest, options),
        );
        const waiting = [await predictionOf(jobs.models.b), await predictionOf(jobs.models.b)];
        jobs.runners.release(way);
        await assert.rejects(ended, fault);
        assert.equal(await answered(waiting), 2);
        gate.release();
        await other;
        assert.equal(statusOf(jobs.models.b), 'READY');
      });
    });
  }

  it('runs in a new process where that of its model was killed while it had nothing to do', async () => {
    jobs.open();
    const expected = await jobs.queue.run(prediction, jobs.models.a, predictionRequest);
    for (const pid of jobs.runners.pids) process.kill(pid, 'SIGKILL');
    while (statusOf(jobs.models.a) !== 'UNLOADED') await new Promise(setImmediate);
    assert.deepEqual(await jobs.queue.run(prediction, jobs.models.a, predictionRequest), expected);
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
        jobs.open();
        const { gate, ended } = await held(jobs.models.a);
        const waiting = [1, 2].map(() => jobs.queue.run(prediction, jobs.models.b, predictionRequest));
        const refused = { code: 'OVER_CAPACITY', message: new RegExp(`could not be started \\(${why}\\)`) };
        const told = waiting.map((job) => assert.rejects(job, refused));
        // By then they are planned.
        await jobs.queue.estimate(prediction, jobs.models.b, predictionRequest);
        spoil();
        gate.release();
        await Promise.all([ended, ...told]);
        assert.equal(statusOf(jobs.models.b), 'UNLOADED');
        process.execPath = execPath;
        delete process.env.LARGE;
        assert.equal((await jobs.queue.run(prediction, jobs.models.b, predictionRequest)).likeliest.length, 1);
      });
    }

    it('is told so (EMFILE), and the next one is answered', async () => {
      jobs.open();
      const script = fileURLToPath(new URL('../../test/support/closing-queue.ts', import.meta.url));
      const command = 'ulimit -n 100; exec "$0" "$@"';
      const { stdout } = await promisify(execFile)('sh', [
        '-c',
        command,
        execPath,
        script,
        jobs.models.a.folder,
        'starve',
      ]);
      assert.equal(stdout, 'OVER_CAPACITY\npredicted\n');
    });
  });

  it('leaves no process behind when its server is killed', async () => {
    jobs.open();
    const script = fileURLToPath(new URL('../../test/support/closing-queue.ts', import.meta.url));
    const server = spawn(process.execPath, [script, jobs.models.a.folder, 'stay'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(server.stdout, 'data');
    const pid = Number(String(line));
    assert.ok(isAlive(pid));
    server.kill('SIGKILL');
    while (isAlive(pid)) await setTimeout(10);
  });

  it('that is a look at circuits loads nothing to stay', async () => {
    jobs.open();
    const reached = jobs.runners.hold(0);
    const looking = jobs.queue.run(circuits, jobs.models.a, circuitsRequest);
    await reached;
    assert.equal(statusOf(jobs.models.a), 'UNLOADED');
    jobs.runners.release();
    await looking;
    assert.equal(statusOf(jobs.models.a), 'UNLOADED');
    assert.equal(jobs.runners.open, 0);
  });

  it('ends the process of a model that gives way to another one', async () => {
    jobs.open({ memory: 1.5 * memoryOf(await footprintOf(jobs.models.a.folder), 'PACKED', ['forward']) });
    for (const model of [jobs.models.a, jobs.models.b, jobs.models.a]) {
      await jobs.queue.run(prediction, model, predictionRequest);
      assert.equal(statusOf(model), 'READY');
      assert.equal(statusOf(model === jobs.models.a ? jobs.models.b : jobs.models.a), 'UNLOADED');
      assert.equal(jobs.runners.pids.length, 1);
    }
    await jobs.queue.close();
    await jobs.runners.allGone();
  });

  it('gives the sessions back that run once', async () => {
    jobs.open();
    await jobs.queue.run(prediction, jobs.models.a, predictionRequest);
    await jobs.queue.run(circuits, jobs.models.a, circuitsRequest);
    assert.ok(jobs.runners.made > predictionSessions);
    assert.equal(jobs.runners.open, predictionSessions);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
