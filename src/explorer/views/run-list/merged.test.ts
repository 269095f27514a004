import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListedRun } from './label.ts';
import { appended, inSight, merged } from './merged.ts';

/** @param at of its creation; also its id */
function run(at: number, eventCount = 0): ListedRun {
  return { id: `run-${at}`, createdAt: new Date(at * 1000).toISOString(), eventCount } as unknown as ListedRun;
}
const ids = (runs: readonly ListedRun[]) => runs.map(({ id }) => Number(id.slice(4)));
const rows = [run(9), run(7), run(5)];

describe('The list of runs', () => {
  it('has a new run where it belongs, newest first', () => {
    assert.deepEqual(ids(merged(rows, { changed: [run(10), run(8)], removed: [] }, false)), [10, 9, 8, 7, 5]);
  });

  it('has a changed run in the place where it was', () => {
    const next = merged(rows, { changed: [run(7, 3)], removed: [] }, false);
    assert.deepEqual(ids(next), [9, 7, 5]);
    assert.equal(next[1]?.eventCount, 3);
  });

  it('of the oldest first has a new run at its end, once that was read', () => {
    const oldest = [run(5), run(7), run(9)];
    assert.deepEqual(
      ids(merged(oldest, { changed: [run(6), run(10)], removed: [] }, false, 'oldest first')),
      [5, 6, 7, 9],
    );
    assert.deepEqual(ids(merged(oldest, { changed: [run(10)], removed: [] }, true, 'oldest first')), [5, 7, 9, 10]);
  });

  it('leaves what is older than its last row to the page that it is on', () => {
    assert.deepEqual(ids(merged(rows, { changed: [run(1)], removed: [] }, false)), [9, 7, 5]);
    assert.deepEqual(ids(merged(rows, { changed: [run(1)], removed: [] }, true)), [9, 7, 5, 1]);
  });

  it('loses what was deleted, also what it never had', () => {
    assert.deepEqual(ids(merged(rows, { changed: [], removed: ['run-7', 'run-2'] }, true)), [9, 5]);
  });

  it('has a page behind it, each run once and as it is known', () => {
    const next = appended([run(9), run(5, 3)], [run(5, 1), run(3)]);
    assert.deepEqual(ids(next), [9, 5, 3]);
    assert.equal(next[1]?.eventCount, 3);
  });

  it('of thousands draws those in sight and a few around them', () => {
    assert.deepEqual(inSight({ top: 0, height: 500 }, 100, 5000), { start: 0, end: 9 });
    assert.deepEqual(inSight({ top: 200_050, height: 500 }, 100, 5000), { start: 1996, end: 2010 });
    assert.deepEqual(inSight({ top: 900, height: 500 }, 100, 3), { start: 0, end: 3 });
  });
});
