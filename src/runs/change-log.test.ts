import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { ChangeLog } from './change-log.ts';

describe('a log of changes', () => {
  const idsOf = ({ runs }: ReturnType<ChangeLog['after']>) => runs.map(({ id }) => id);

  it('tells of each run once, by its last change, to who has read less', () => {
    const log = new ChangeLog();
    for (const id of ['a', 'b', 'a', 'c', 'b']) log.note(id, 'status');
    assert.deepEqual(idsOf(log.after(0, 10)), ['a', 'c', 'b']);
    assert.deepEqual(idsOf(log.after(3, 10)), ['c', 'b']);
    assert.deepEqual(log.after(log.version, 10), { runs: [], to: log.version, missed: false });
  });

  it('goes on from where its reader is, however few are read at once', () => {
    const log = new ChangeLog();
    for (const id of ['a', 'b', 'a', 'c', 'd', 'c']) log.note(id, 'status');
    const read: string[] = [];
    for (let at = 0; at < log.version; ) {
      const news = log.after(at, 1);
      assert.ok(news.to > at && news.runs.length <= 1);
      read.push(...idsOf(news));
      at = news.to;
    }
    assert.deepEqual(read, ['b', 'a', 'd', 'c']);
  });

  it('says whether a run may be in other lists since, and what was deleted', () => {
    const log = new ChangeLog();
    log.note('a', 'status');
    log.note('a', 'events');
    assert.deepEqual(log.after(0, 9).runs, [{ id: 'a', moved: true, deleted: false }]);
    assert.deepEqual(log.after(1, 9).runs, [{ id: 'a', moved: false, deleted: false }]);
    log.note('a', 'deleted');
    assert.deepEqual(log.after(2, 9).runs, [{ id: 'a', moved: true, deleted: true }]);
  });

  it('keeps no more than it may, and tells who lags behind that far', () => {
    const log = new ChangeLog(10);
    for (let count = 0; count < 1000; count++) log.note(`run ${count}`, 'status');
    assert.deepEqual(log.after(5, 20), { runs: [], to: 1000, missed: true });
    const { runs, missed } = log.after(990, 20);
    assert.deepEqual([runs.length, missed], [10, false]);
    // One that changes all the while is a single run.
    for (let count = 0; count < 1000; count++) log.note('busy', 'status');
    assert.deepEqual(idsOf(log.after(1990, 20)), ['busy']);
  });

  it('tells everybody who has read less that something is missed, where too much has changed at once', () => {
    const log = new ChangeLog();
    for (const id of ['a', 'b']) log.note(id, 'status');
    log.lose();
    const { version } = log;
    for (const read of [0, 1, 2]) assert.deepEqual(log.after(read, 9), { runs: [], to: version, missed: true });
    assert.deepEqual(log.after(version, 9), { runs: [], to: version, missed: false });
    log.note('c', 'labels');
    assert.deepEqual(log.after(2, 9).missed, true);
    assert.deepEqual(log.after(version, 9).runs, [{ id: 'c', moved: true, deleted: false }]);
  });

  it('wakes at once for a status, and after a moment, once, for events and labels', () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const log = new ChangeLog();
      let woken = 0;
      const stop = log.signal.listen(() => woken++);
      for (const id of ['a', 'b', 'a']) log.note(id, id === 'b' ? 'labels' : 'events');
      assert.equal(woken, 0);
      mock.timers.tick(1000);
      assert.equal(woken, 1);
      log.note('a', 'events');
      log.note('a', 'status');
      assert.equal(woken, 2);
      mock.timers.tick(1000);
      assert.equal(woken, 2);
      stop();
      log.close();
      assert.deepEqual([woken, log.closed], [2, true]);
    } finally {
      mock.timers.reset();
    }
  });
});
