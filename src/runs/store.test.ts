import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { attribution, circulation, passed, started, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import { temporaryRuns } from '../../test/support/temporary-runs.ts';
import type { Part } from './rows.ts';
import { RunStore } from './store.ts';

onEachStore('the store', ({ temporaryRuns }) => {
  it('has events after the first, after any other, and all where none is known', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    await store.append(id, [started, passed(0), passed(1)]);
    const places = [undefined, 0, 1, 2];
    const expected = [[0, 1, 2], [1, 2], [2], []];
    const all = await Promise.all(places.map((after) => store.events.page(id, { after, limit: 10 })));
    assert.deepEqual(
      all.map((events) => events.map(({ seq }) => seq)),
      expected,
    );
    const next = await Promise.all(places.map((after) => store.events.next(id, after)));
    assert.deepEqual(
      next.map((event) => event?.seq),
      expected.map(([first]) => first),
    );
  });

  it('gives whoever asks after an event was stored that event, though a read is under way that began before', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const read = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const page = store.events.page.bind(store.events);
    const reading = mock.method(store.events, 'page', async (...args: Parameters<typeof page>) => {
      const found = await page(...args);
      read.resolve();
      await held.promise;
      return found;
    });
    const early = store.events.next(id, undefined);
    await read.promise;
    await store.append(id, [started]);
    const late = store.events.next(id, undefined);
    held.resolve();
    assert.equal(await early, undefined);
    assert.deepEqual((await late)?.step, started);
    assert.equal(reading.mock.callCount(), 2);
  });

  it('is closed when what was asked of it before is stored', async () => {
    await using fixture = await temporaryRuns();
    const { database, runs } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1));
    const order: string[] = [];
    const noted =
      (name: string, work: (...args: never[]) => Promise<unknown>) =>
      async (...args: never[]) => {
        await work.apply(database, args);
        order.push(name);
      };
    const watched = new Proxy(database, {
      get: (target, name) =>
        name === '$transaction' || name === '$disconnect'
          ? noted(name, target[name] as () => Promise<unknown>)
          : Reflect.get(target, name),
    });
    const store = fixture.storeOn(watched);
    const stored = [started, passed(0)].map((step) => store.append(id, [step]));
    await store.close();
    await Promise.all(stored);
    assert.deepEqual(order, ['$transaction', '$transaction', '$disconnect']);
  });

  it('adds parts to an answer, of which only a list gives way, to a longer one', async () => {
    await using fixture = await temporaryRuns();
    const { runs, store } = fixture;
    const [answer] = await runs.attributions.ask(subject, attribution(1), { neurons: 2 });
    assert.ok(answer);
    const { id } = answer.run;
    const add = (...parts: Part[]) => store.addParts(id, parts);
    const stored = () => store.parts(id, ['summary', 'neurons', 'layers']);
    const before = await stored();
    const part = (count: number, value: string) => ({ count, value });
    const list = (count: number, value: string) => ({ name: 'neurons', ...part(count, value) });
    await add({ name: 'summary', count: 0, value: 'another' }, list(1, 'shorter'));
    await add(list(2, 'another'), { name: 'layers', count: 1, value: 'new' });
    assert.deepEqual(await stored(), new Map([...before, ['layers', part(1, 'new')]]));
    await add(list(3, 'longer'), { name: 'layers', count: 1, value: 'another' });
    assert.deepEqual(await stored(), new Map([...before, ['neurons', part(3, 'longer')], ['layers', part(1, 'new')]]));
    assert.equal((await store.partNames(id)).get('neurons'), 3);
  });
});

describe('the store in SQLite', () => {
  for (const [sign, reason] of [
    ['SQLITE_IOERR: disk I/O error', /the disk fails; when it is well again, ask again$/],
    ['SQLITE_CORRUPT: database disk image is malformed', /the database is damaged; .* put back a copy of it$/],
  ] as const) {
    it(`says so where nothing can be read: ${sign}`, async () => {
      await using fixture = await temporaryRuns();
      const { database } = fixture;
      const run = { findUnique: () => Promise.reject(new Error(sign)) };
      const broken = new Proxy(database, {
        get: (target, name) => (name === 'run' ? run : Reflect.get(target, name)),
      });
      await assert.rejects(new RunStore(broken).find('a'), { code: 'OVER_CAPACITY', message: reason });
    });
  }
});
