/** What becomes of jobs when the files of their model are replaced. */
import assert from 'node:assert/strict';
import { appendFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  attributionRequest,
  circuitsRequest,
  predictionRequest,
  predictionSessions,
  QueueFixture,
} from '../../test/support/queue-fixture.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import { attribution } from './kinds/attribution.ts';
import { circuits } from './kinds/circuits.ts';
import { prediction } from './kinds/prediction.ts';

describe('a job of the queue', () => {
  const jobs = new QueueFixture();
  const { held, statusOf } = jobs;

  describe('whose files are replaced while it is under way', () => {
    /** The two models change places. */
    const swap = async () => {
      await rename(jobs.models.a.folder, `${jobs.models.a.folder}-kept`);
      await rename(jobs.models.b.folder, jobs.models.a.folder);
      await rename(`${jobs.models.a.folder}-kept`, jobs.models.b.folder);
    };

    for (const [kind, ask] of [
      ['a prediction', () => jobs.queue.run(prediction, jobs.models.a, predictionRequest)],
      ['a look at circuits', () => jobs.queue.run(circuits, jobs.models.a, circuitsRequest)],
      ['an attribution', () => jobs.queue.run(attribution, jobs.models.a, attributionRequest)],
    ] as const) {
      it(`is refused, ${kind}, and nothing of the other files is kept for when the first are put back`, async () => {
        jobs.open();
        const expected = await ask();
        await jobs.queue.close();
        jobs.open();
        const reached = jobs.runners.hold(2);
        const refused = assert.rejects(ask(), { code: 'CHECKPOINT', message: /has changed since/ });
        await reached;
        await swap();
        jobs.runners.release();
        await refused;
        await jobs.runners.allGone();
        assert.ok((await jobs.queue.estimate(prediction, jobs.models.a, predictionRequest)).loadTime > 0);
        assert.equal(statusOf(jobs.models.a), 'FAILED');
        assert.match(jobs.queue.stateOf(jobs.models.a).error ?? '', /has changed since/);
        await swap();
        assert.deepEqual(await ask(), expected);
      });
    }

    it('tells no further step, a circulation, and keeps nothing when it is cancelled then', async () => {
      jobs.open();
      const expected = await jobs.queue.run(prediction, jobs.models.a, predictionRequest);
      await jobs.queue.close();
      jobs.open();
      const leaving = new AbortController();
      const { gate, ended } = await held(jobs.models.a, { signal: leaving.signal });
      await swap();
      leaving.abort();
      gate.release();
      await assert.rejects(ended, { code: 'CANCELLED' });
      await jobs.runners.allGone();
      await swap();
      assert.deepEqual(await jobs.queue.run(prediction, jobs.models.a, predictionRequest), expected);
    });
  });

  it('is refused before anything is loaded when the files are others by then, whether they were loaded or not', async () => {
    jobs.open();
    const others = { ...jobs.models.a, fingerprint: jobs.models.b.fingerprint };
    const refused = { code: 'CHECKPOINT', message: /has changed since/ };
    await assert.rejects(jobs.queue.run(prediction, others, predictionRequest), refused);
    assert.equal(jobs.runners.made, 0);
    await jobs.queue.run(prediction, jobs.models.a, predictionRequest);
    await appendFile(join(jobs.models.a.folder, 'config.json'), '\n');
    await assert.rejects(jobs.queue.run(attribution, jobs.models.a, attributionRequest), refused);
    assert.equal(jobs.runners.made, predictionSessions);
    const changed = await openModelFiles(jobs.models.a.folder);
    await jobs.queue.run(prediction, changed, predictionRequest);
    assert.equal(jobs.runners.pids.length, 1, 'the process of the files before is gone');
  });
});
