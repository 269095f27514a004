import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedReads } from './shared-reads.ts';

describe('shared reads', () => {
  it('are done once for all who ask at once, and anew for those who ask later', async () => {
    const reads = new SharedReads<number>();
    let begun = 0;
    const read = (runId: string, place: number) => reads.read(runId, place, async () => ++begun);
    assert.deepEqual(await Promise.all([read('a', 0), read('a', 0), read('a', 1), read('b', 0)]), [1, 1, 2, 3]);
    assert.equal(await read('a', 0), 4);
  });

  it('are not joined by those who ask after something was written', async () => {
    const reads = new SharedReads<string>();
    const before = Promise.withResolvers<string>();
    const early = reads.read('a', 0, () => before.promise);
    reads.renew('a');
    const late = reads.read('a', 0, async () => 'with the new row');
    before.resolve('without it');
    assert.deepEqual(await Promise.all([early, late]), ['without it', 'with the new row']);
    assert.equal(await reads.read('a', 0, async () => 'later'), 'later');
  });

  it('that fail fail for all who joined, and are tried again', async () => {
    const reads = new SharedReads<number>();
    const failing = () => reads.read('a', 0, () => Promise.reject(new Error('no disk')));
    const settled = await Promise.allSettled([failing(), failing()]);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(await reads.read('a', 0, async () => 5), 5);
  });
});
