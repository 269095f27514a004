/** What becomes of jobs when the files of their model are replaced. */
import assert from 'node:assert/strict';
import { appendFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { before, beforeEach, describe, it } from 'node:test';
import {
  attributionRequest,
  circuitsRequest,
  predictionRequest,
  predictionSessions,
  QueueFixture,
} from '../../test/support/queue-fixture.ts';
import type { WatchedRunners } from '../../test/support/watched-runners.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { attribution } from './kinds/attribution.ts';
import { circuits } from './kinds/circuits.ts';
import { prediction } from './kinds/prediction.ts';
import type { JobQueue, QueueSettings } from './queue.ts';

describe('a job of the queue', () => {
  const jobs = new QueueFixture();
  const { held, statusOf } = jobs;
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
});
