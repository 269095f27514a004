/** What becomes of jobs when their queue closes. */
import assert from 'node:assert/strict';
import childProcess, { execFile } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  attributionRequest,
  circuitsRequest,
  circulationRequest,
  predictionRequest,
  QueueFixture,
} from '../../test/support/queue-fixture.ts';
import type { WatchedRunners } from '../../test/support/watched-runners.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { CirculationStep } from '../explain/circulation/event.ts';
import type { JobOptions } from './engine.ts';
import { attribution } from './kinds/attribution.ts';
import { circuits } from './kinds/circuits.ts';
import { circulation } from './kinds/circulation.ts';
import { prediction } from './kinds/prediction.ts';
import type { JobQueue, QueueSettings } from './queue.ts';

describe('a job of the queue', () => {
  const jobs = new QueueFixture();
  let a: Snapshot;
  let runners: WatchedRunners;
  let queue: JobQueue;
  before(() => {
    ({ a } = jobs.models);
  });
  beforeEach(() => {
    ({ runners } = jobs);
  });
  const open = (settings?: Partial<QueueSettings>) => {
    queue = jobs.open(settings);
  };

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
});
