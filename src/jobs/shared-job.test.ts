import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joinAll, SharedJob } from './shared-job.ts';

/** A job that the test ends. */
function scripted() {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let signal: AbortSignal | undefined;
  const job = new SharedJob((given) => {
    signal = given;
    return promise;
  });
  return { job, resolve, reject, isEnding: () => signal?.aborted };
}

describe('a shared job', () => {
  it('answers all who wait for it, and who joins later, and goes on for no one in vain', async () => {
    const { job, resolve, isEnding } = scripted();
    const both = Promise.all([job.join(), job.join(new AbortController().signal)]);
    resolve(7);
    assert.deepEqual(await both, [7, 7]);
    assert.equal(await job.join(), 7);
    assert.equal(job.abandoned, false);
    assert.equal(isEnding(), false);
  });

  it('is left at once, and goes on until the last one leaves', async () => {
    const { job, isEnding } = scripted();
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [one, two].map(({ signal }) => job.join(signal));
    one.abort(new Error('gone'));
    await assert.rejects(waiting[0] as Promise<number>, /gone/);
    assert.deepEqual([job.abandoned, isEnding()], [false, false]);
    two.abort(new Error('gone too'));
    await assert.rejects(waiting[1] as Promise<number>, /gone too/);
    assert.deepEqual([job.abandoned, isEnding()], [true, true]);
  });

  it('goes on for one who cannot leave', async () => {
    const { job, resolve, isEnding } = scripted();
    const leaving = new AbortController();
    const [left, staying] = [job.join(leaving.signal), job.join()];
    leaving.abort();
    await assert.rejects(left);
    assert.equal(isEnding(), false);
    resolve(1);
    assert.equal(await staying, 1);
  });

  it('that fails fails for all, and a failure of one that was left is nobody’s', async () => {
    const failing = scripted();
    const waiting = [failing.job.join(), failing.job.join()];
    failing.reject(new Error('no weights'));
    for (const promise of waiting) await assert.rejects(promise, /no weights/);
    const left = scripted();
    await assert.rejects(left.job.join(AbortSignal.abort(new Error('gone'))), /gone/);
    left.reject(new Error('cancelled'));
    await left.job.ended;
  });

  it('ends for all when it is cancelled, with what the work says then', async () => {
    const { job, reject, isEnding } = scripted();
    const waiting = job.join();
    job.cancel();
    assert.deepEqual([job.abandoned, isEnding()], [true, true]);
    reject(new Error('cancelled'));
    await assert.rejects(waiting, /cancelled/);
  });
});

describe('several shared jobs', () => {
  it('are waited for together', async () => {
    const jobs = [scripted(), scripted()];
    const all = joinAll(jobs.map(({ job }) => job));
    for (const [index, { resolve }] of jobs.entries()) resolve(index);
    assert.deepEqual(await all, [0, 1]);
  });

  it('are all left by who leaves, and by who is told that one of them failed', async () => {
    const [one, two] = [scripted(), scripted()];
    const leaving = new AbortController();
    const left = joinAll([one.job, two.job], leaving.signal);
    const failing = joinAll([one.job, two.job]);
    leaving.abort(new Error('gone'));
    await assert.rejects(left, /gone/);
    assert.deepEqual([one.isEnding(), two.isEnding()], [false, false]);
    one.reject(new Error('no weights'));
    await assert.rejects(failing, /no weights/);
    assert.equal(two.isEnding(), true);
  });
});
