/** How pages of an experiment are found. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { storeRuns } from '../../test/support/stored-runs.ts';
import { onEachStore } from '../../test/support/stores.ts';
import { type TemporaryRuns, temporaryRuns } from '../../test/support/temporary-runs.ts';
import { PrismaClient } from './generated/client.ts';
import type { RunFilter } from './run-filter.ts';
import { listed } from './run-search.ts';
import { sqlite as sqliteDialect } from './sqlite/dialect.ts';
import { SqliteAdapter } from './sqlite/sqlite-adapter.ts';

/** An experiment with every second of the runs. */
async function experimentOf({ store }: TemporaryRuns, ids: readonly string[]) {
  const { id } = await store.experiments.create({ name: 'a', description: '', tags: [] });
  const own = ids.filter((_, index) => index % 2 === 0);
  for (let from = 0; from < own.length; from += 500)
    await store.experiments.add(id, { ids: own.slice(from, from + 500) });
  return own;
}

onEachStore('the runs of an experiment', ({ temporaryRuns }) => {
  it('are listed in pages from both ends, whatever else is asked of them', async () => {
    await using fixture = await temporaryRuns();
    const { store } = fixture;
    const ids = await storeRuns(fixture, 2600, (index) => ({
      status: index % 200 === 0 ? 'FAILED' : 'COMPLETED',
      method: index % 4 ? 'FROZEN' : 'GRADIENT',
      promptFolded: index % 300 === 0 ? 'the one' : 'another',
      pinned: index % 500 === 0,
    }));
    const own = await experimentOf(fixture, ids);
    const isMeant = (every: number) => own.filter((id) => ids.indexOf(id) % every === 0);
    const cases: readonly (readonly [RunFilter, readonly string[]])[] = [
      [{}, own],
      [{ statuses: ['FAILED'] }, isMeant(200)],
      [{ prompt: 'The ONE' }, isMeant(300)],
      [{ prompt: 'the one', statuses: ['FAILED'] }, isMeant(600)],
      [{ pinned: true }, isMeant(500)],
      [{ methods: ['GRADIENT'], statuses: ['FAILED'] }, isMeant(200)],
      [{ model: 'another' }, []],
    ];
    for (const [filter, meant] of cases)
      for (const inverted of [false, true]) {
        const found = async (page: Parameters<typeof store.list>[0]) =>
          (await store.list({ ...page, inverted }, { ...filter, experiment: 'a' })).map(({ id }) => id);
        const order = inverted ? meant : meant.toReversed();
        assert.deepEqual(await found({ limit: 3000 }), order, JSON.stringify(filter));
        assert.deepEqual(await found({ limit: 3 }), order.slice(0, 3));
        assert.deepEqual(await found({ limit: 0 }), []);
        const [first = '', , third = ''] = order;
        if (order.length < 4) continue;
        const between = inverted ? { before: first, after: order.at(-1) } : { after: first, before: order.at(-1) };
        assert.deepEqual(await found({ limit: 3000, ...between }), order.slice(1, -1));
        assert.deepEqual(await found({ limit: 1, ...(inverted ? { before: third } : { after: third }) }), [order[3]]);
      }
    assert.deepEqual(await store.list({ limit: 9 }, { experiment: 'nothing' }), []);
  });

  it('make whole pages though some of them are deleted meanwhile', async () => {
    await using fixture = await temporaryRuns();
    const { store, database, dialect } = fixture;
    const own = await experimentOf(fixture, await storeRuns(fixture, 20));
    const newest = own.at(-1) ?? '';
    const deleting = new Proxy(database, {
      get: (target, name) =>
        name !== '$queryRaw'
          ? Reflect.get(target, name)
          : async (...query: Parameters<typeof database.$queryRaw>) => {
              const found = await database.$queryRaw<readonly object[]>(...query);
              if (found.some((row) => 'ids' in row)) await store.delete(newest);
              return found;
            },
    });
    const rows = await listed(deleting, dialect, { limit: 3 }, { experiment: 'a' });
    assert.deepEqual(
      rows.map(({ id }) => id),
      own.toReversed().slice(1, 4),
    );
  });
});

describe('the runs of an experiment in SQLite', () => {
  it('are found by their index, in its order, with nothing to be sorted', async () => {
    await using fixture = await temporaryRuns();
    const own = await experimentOf(fixture, await storeRuns(fixture, 4));
    const adapter = new SqliteAdapter({ url: fixture.url });
    const database = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] });
    const asked = new Set<string>();
    database.$on('query', ({ query }) => void asked.add(query));
    const filters: readonly RunFilter[] = [
      {},
      { statuses: ['COMPLETED', 'FAILED'] },
      { model: 'model' },
      { methods: ['FROZEN'], kinds: ['CIRCULATION'], pinned: true },
      { prompt: 'a' },
      { createdAfter: new Date(0), createdBefore: new Date() },
    ];
    for (const filter of filters)
      for (const inverted of [false, true])
        for (const page of [{ limit: 21 }, { limit: 21, after: own[1], before: own[0] }])
          await listed(database, sqliteDialect, { ...page, inverted }, { ...filter, experiment: 'a' });
    await database.$disconnect();
    const sqlite = new DatabaseSync(fixture.url.slice('file:'.length), { readOnly: true });
    const plans = Array.from(asked, (query) =>
      sqlite
        .prepare(`EXPLAIN QUERY PLAN ${query}`)
        .all()
        .map(({ detail }) => String(detail)),
    );
    sqlite.close();
    const members = plans.filter((plan) => plan.some((detail) => detail.startsWith('SEARCH m ')));
    assert.ok(members.length >= 12, `${members.length}`);
    for (const plan of members) {
      assert.ok(plan.some((detail) => /^SEARCH m USING .*ExperimentRun_1 \(experimentId=\?/.test(detail)));
      assert.ok(plan.some((detail) => /^SEARCH r USING .*\bid=\?\)/.test(detail)));
      for (const detail of plan) assert.doesNotMatch(detail, /TEMP B-TREE/);
    }
    // What is found is put together; no table is walked through.
    for (const detail of plans.flat()) assert.doesNotMatch(detail, /SCAN (?!\(|q\b|json_each)/);
  });
});
