import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completed, passed } from '../../test/support/scripted-engine.ts';
import { EventCache } from './event-cache.ts';
import type { RunStep, StoredEvent } from './types.ts';

const event = (seq: number, step: RunStep = completed): StoredEvent => ({ runId: 'a', seq, at: new Date(seq), step });
const unread = async () => assert.fail('it was read anew');

describe('the events that were read', () => {
  it('are read once for all who ask for them, at once or later', async () => {
    const events = new EventCache();
    let begun = 0;
    const read = (runId: string, place: number) => events.read(runId, place, async () => event(++begun));
    const told = await Promise.all([read('a', -1), read('a', -1), read('a', 0), read('b', -1)]);
    assert.deepEqual(
      told.map((each) => each?.seq),
      [1, 1, 2, 3],
    );
    assert.equal(await events.read('a', -1, unread), told[0]);
    assert.equal(await events.read('b', -1, unread), told[3]);
  });

  it('are not joined by those who ask after something was written', async () => {
    const events = new EventCache();
    const before = Promise.withResolvers<undefined>();
    const early = events.read('a', 0, () => before.promise);
    events.renew('a');
    const late = events.read('a', 0, async () => event(1));
    before.resolve(undefined);
    assert.deepEqual([await early, (await late)?.seq], [undefined, 1]);
    assert.equal((await events.read('a', 0, unread))?.seq, 1);
  });

  it('are not looked for where there are none, until something was written', async () => {
    const events = new EventCache();
    assert.equal(await events.read('a', 4, async () => undefined), undefined);
    assert.equal(await events.read('a', 4, unread), undefined);
    assert.equal(await events.read('a', 5, unread), undefined);
    assert.equal((await events.read('a', 3, async () => event(4)))?.seq, 4);
    events.renew('a');
    assert.equal((await events.read('a', 4, async () => event(5)))?.seq, 5);
  });

  it('are forgotten with their run, those too that were under way when it was deleted', async () => {
    const events = new EventCache();
    await events.read('a', -1, async () => event(0));
    await events.read('ab', -1, async () => event(7));
    const held = Promise.withResolvers<StoredEvent>();
    const underWay = events.read('a', 0, () => held.promise);
    events.forget('a');
    held.resolve(event(1));
    await underWay;
    for (const place of [-1, 0]) assert.equal(await events.read('a', place, async () => undefined), undefined);
    assert.equal((await events.read('ab', -1, unread))?.seq, 7);
  });

  it('that fail to be read fail for all who joined, and are read again', async () => {
    const events = new EventCache();
    const failing = async () => events.read('a', 0, () => Promise.reject(new Error('no disk')));
    const settled = await Promise.allSettled([failing(), failing()]);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal((await events.read('a', 0, async () => event(5)))?.seq, 5);
  });

  it('are kept as long as there is room for them', async () => {
    const events = new EventCache();
    // 6 MB each: 9 numbers a position.
    const large = passed(0, 6e6 / 9 / 4);
    for (const place of [0, 1, 2]) await events.read('a', place, async () => event(place + 1, large));
    for (const place of [1, 2]) assert.equal((await events.read('a', place, unread))?.seq, place + 1);
    assert.equal((await events.read('a', 0, async () => event(9)))?.seq, 9);
  });
});
