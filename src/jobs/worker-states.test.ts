import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Signal } from '../signal.ts';
import type { Worker } from '../worker-state.ts';
import { WorkerStates } from './worker-states.ts';

const worker = (id: string, running = 0, seenAt = new Date(0)): Worker => ({
  id,
  name: 'a machine',
  startedAt: new Date(0),
  seenAt,
  models: [],
  memory: { total: 1, used: 0 },
  speed: null,
  workers: 1,
  running,
  program: 'test',
});

describe('workers', () => {
  const followed = () => {
    const signal = new Signal();
    const source = { workers: [worker('a'), worker('b')], watching: 0 };
    const states = new WorkerStates({
      list: async () => source.workers,
      watch(listener) {
        source.watching++;
        const stop = signal.listen(listener);
        return () => {
          source.watching--;
          stop();
        };
      },
    });
    const put = (...workers: Worker[]) => {
      source.workers = workers;
      signal.wake();
    };
    return { states, source, put };
  };
  const idsOf = async (next: ReturnType<ReturnType<WorkerStates['follow']>['next']>) => {
    const { value } = await next;
    return [value?.changed.map(({ id }) => id), value?.removed];
  };

  it('are told as they come, change and go, and not because they were seen again', async () => {
    const { states, put } = followed();
    const reader = states.follow();
    assert.deepEqual(await idsOf(reader.next()), [['a', 'b'], []]);
    const next = idsOf(reader.next());
    put(worker('a', 0, new Date(1)), worker('b'));
    put(worker('a', 0, new Date(2)), worker('b', 1), worker('c'));
    assert.deepEqual(await next, [['b', 'c'], []]);
    put(worker('c'));
    assert.deepEqual(await idsOf(reader.next()), [[], ['a', 'b']]);
  });

  it('are told to the newest alone, and by the same key to all who were told the same', async () => {
    const { states, put } = followed();
    const readers = [states.follow(), states.follow()];
    for (const reader of readers) await reader.next();
    for (let running = 1; running <= 20; running++) put(worker('a', running), worker('b'));
    const [one, other] = await Promise.all(readers.map((reader) => reader.next()));
    assert.deepEqual(
      one?.value?.changed.map(({ running }) => running),
      [20],
    );
    assert.equal(one?.value?.key, other?.value?.key);
  });

  it('are left at once, and end when the server closes', async () => {
    const { states, source } = followed();
    const [left, closed] = [states.follow(), states.follow()];
    for (const reader of [left, closed]) await reader.next();
    const [leaving, closing] = [left.next(), closed.next()];
    await left.return();
    assert.equal((await leaving).done, true);
    assert.equal(source.watching, 1);
    states.close();
    assert.equal((await closing).done, true);
    assert.equal(source.watching, 0);
  });
});
