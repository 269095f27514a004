/** How the lists of events of one request are read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OwnRuns } from '../../runs/own-runs.ts';
import type { EventPage } from '../../runs/page.ts';
import type { RunRecord, StoredEvent } from '../../runs/types.ts';
import { eventListsOf } from './event-lists.ts';

const run = (id: string) => ({ id }) as RunRecord;

/** Reads that end when the test says so. */
function heldReads() {
  const reads: { readonly list: string; readonly end: (failure?: Error) => void }[] = [];
  const runs = {
    eventsOf({ id }: RunRecord, { after }: EventPage) {
      const { promise, resolve, reject } = Promise.withResolvers<StoredEvent[]>();
      reads.push({ list: `${id} ${after}`, end: (failure) => (failure ? reject(failure) : resolve([])) });
      return promise;
    },
  } as unknown as OwnRuns;
  return { runs, reads };
}

describe('the lists of events that one request reads', () => {
  it('are read once each, one after the other', async () => {
    const { runs, reads } = heldReads();
    const lists = eventListsOf({});
    const asked = [
      ['a', undefined],
      ['b', undefined],
      ['a', undefined],
      ['a', 3],
      ['b', undefined],
    ] as const;
    const all = asked.map(([id, after]) => lists.read(runs, run(id), { after, limit: 200 }));
    for (const [index, list] of ['a undefined', 'b undefined', 'a 3'].entries()) {
      await Promise.resolve();
      assert.equal(reads.length, index + 1);
      assert.equal(reads[index]?.list, list);
      reads[index]?.end();
      await all[[0, 1, 3][index] as number];
      await Promise.resolve();
    }
    const [a, b, again, , other] = await Promise.all(all);
    assert.equal(again, a);
    assert.equal(other, b);
    assert.equal(reads.length, 3);
  });

  it('are read on after one that failed, and hold no more than the last', async () => {
    const { runs, reads } = heldReads();
    const lists = eventListsOf({});
    const failing = lists.read(runs, run('a'), { limit: 200 });
    const next = lists.read(runs, run('b'), { limit: 200 });
    await Promise.resolve();
    reads[0]?.end(new Error('no such table'));
    await assert.rejects(failing, /no such table/);
    await Promise.resolve();
    reads[1]?.end();
    await next;
    const again = lists.read(runs, run('a'), { limit: 200 });
    await Promise.resolve();
    await Promise.resolve();
    assert.deepEqual(
      reads.map(({ list }) => list),
      ['a undefined', 'b undefined', 'a undefined'],
    );
    reads[2]?.end();
    await again;
  });
});
