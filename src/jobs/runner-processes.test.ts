/** Jobs and the processes that they run in, whatever becomes of either. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
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
import type { WatchedRunners } from '../../test/support/watched-runners.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { footprintOf, memoryOf } from './capacity/memory.ts';
import { attribution } from './kinds/attribution.ts';
import { circuits } from './kinds/circuits.ts';
import { prediction } from './kinds/prediction.ts';
import type { JobQueue, QueueSettings } from './queue.ts';

describe('a job of the queue', () => {
  const jobs = new QueueFixture();
  const { held, loading, predictionOf, statusOf } = jobs;
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
