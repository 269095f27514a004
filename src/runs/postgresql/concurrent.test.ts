/** Several servers write the same database at once, and what they have stored is as if one had. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freshDatabase } from '../../../test/support/postgres/database.ts';
import { attribution, completed, passed, started, subject } from '../../../test/support/scripted-engine.ts';
import { aggregatesOf, totals } from '../aggregates.ts';
import { Fenced } from '../fenced.ts';
import { openStore } from '../open.ts';
import { lockPatience } from '../patience.ts';
import { RunStore } from '../store.ts';
import type { Written } from '../transactions.ts';
import type { Question, RunStep } from '../types.ts';

const failed: RunStep = { type: 'FAILED', code: 'INTERNAL', message: 'not \0 stored as it is' };

const question = (seed: number): Question =>
  ({ kind: 'LOGIT_ATTRIBUTION', input: { ...attribution(seed), target: {} } }) as never;

/** As many servers as there are to be, on one database. */
async function servers(count: number) {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await freshDatabase());
  const opened = await openStore(url, { connections: 3 });
  const told: Written[] = [];
  const onWritten = async (_: unknown, written: readonly Written[]) => void told.push(...written);
  const all = [
    opened,
    ...(await Promise.all(Array.from({ length: count - 1 }, () => openStore(url, { connections: 3 })))),
  ];
  const stores = all.map(({ database, dialect }) => {
    const store = new RunStore(database, undefined, lockPatience, { dialect, onWritten });
    stack.defer(() => store.close());
    return store;
  });
  const [store] = stores as [RunStore];
  return { ...opened, url, store, stores, told, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const ask = (store: RunStore, seed: number, experiments: string[] = []) =>
  store.findOrCreate(store.newId(), subject, question(seed), `hash ${seed}`, () => true, experiments);

describe('servers that share a database', () => {
  it('make one run of a question that all are asked at once, and one experiment of a name', async () => {
    await using shared = await servers(4);
    const { stores, database } = shared;
    for (let seed = 0; seed < 5; seed++) {
      const asked = stores.flatMap((store) => [ask(store, seed, ['a', `b${seed}`]), ask(store, seed, [`b${seed}`])]);
      const found = await Promise.all(asked);
      assert.equal(new Set(found.map(({ run }) => run.id)).size, 1);
      assert.equal(found.filter(({ created }) => created).length, 1);
    }
    assert.equal(await database.run.count(), 5);
    assert.equal(await database.experiment.count(), 6);
    assert.equal(await database.experimentRun.count(), 10);
  });

  it('store the steps of a run behind each other, and none behind its end', async () => {
    await using shared = await servers(4);
    const { store, stores, database } = shared;
    const { run } = await ask(store, 1);
    await Promise.all(stores.map((other, layer) => other.append(run.id, [passed(layer)])));
    assert.deepEqual(
      (await store.events.page(run.id, { limit: 10 })).map(({ seq }) => seq),
      [0, 1, 2, 3],
    );
    await Promise.all(stores.map((other, place) => other.append(run.id, [place === 2 ? failed : started])));
    const row = await database.run.findUniqueOrThrow({ where: { id: run.id } });
    const steps = (await store.events.page(run.id, { limit: 10 })).map(({ step }) => step);
    assert.equal(row.eventCount, steps.length);
    assert.equal(row.status, 'FAILED');
    assert.equal(steps.at(-1)?.type, 'FAILED');
    assert.equal(row.errorMessage, 'not \ufffd stored as it is');
    assert.equal((steps.at(-1) as typeof failed & { type: 'FAILED' }).message, failed.message);
  });

  it('write no run that another one computes by now', async () => {
    await using shared = await servers(2);
    const { store, stores, database, told } = shared;
    const [, other] = stores as [RunStore, RunStore];
    const { run } = await ask(store, 1);
    const { id } = run;
    await store.started(id, { attempt: 1 });
    await store.append(id, [started], { attempt: 1, eventCount: 0 });
    await assert.rejects(store.append(id, [passed(0)], { attempt: 1, eventCount: 0 }), Fenced);
    await database.run.update({ where: { id }, data: { attempt: 2 } });
    told.length = 0;
    await assert.rejects(store.append(id, [passed(0)], { attempt: 1 }), Fenced);
    await assert.rejects(store.started(id, { attempt: 1 }), Fenced);
    await assert.rejects(store.complete(id, [], [completed], undefined, { attempt: 1 }), Fenced);
    assert.deepEqual(told, []);
    assert.equal((await other.find(id))?.eventCount, 1);
    await other.complete(id, [{ name: 'summary', count: 0, value: 1 }], [completed], undefined, { attempt: 2 });
    assert.deepEqual(told, [{ run: id, what: 'status' }]);
    await other.append(id, [passed(1)], { attempt: 2 });
    assert.equal((await other.find(id))?.eventCount, 2);
  });

  it('of two writers that think that it is theirs, let one through', async () => {
    await using shared = await servers(4);
    const { store, stores } = shared;
    const { run } = await ask(store, 1);
    for (let eventCount = 0; eventCount < 8; eventCount++) {
      const fence = { attempt: 1, eventCount };
      const tried = await Promise.allSettled(stores.map((other) => other.append(run.id, [passed(eventCount)], fence)));
      assert.equal(tried.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const one of tried)
        if (one.status === 'rejected') assert.ok(one.reason instanceof Fenced, String(one.reason));
    }
    assert.equal((await store.find(run.id))?.eventCount, 8);
  });

  it('count the same as whoever counts plainly, whatever they do at once', async () => {
    await using shared = await servers(8);
    const { stores, store, database, dialect } = shared;
    const names = ['a', 'b', 'c'];
    const work = async (other: RunStore, server: number) => {
      for (let turn = 0; turn < 12; turn++) {
        const experiments = names.slice(0, (turn + server) % 4);
        // Some questions are asked by several.
        const { run } = await ask(other, turn * (server % 3 === 0 ? 1 : 8) + server, experiments);
        await other.started(run.id);
        await other.append(run.id, [started, passed(0)]);
        if (turn % 2 === 0) await other.label(run.id, { pinned: turn % 4 === 0 });
        const end = { ...completed, tracked: [], audit: { ...(completed as { audit: object }).audit, passed: true } };
        await other.append(run.id, [turn % 5 === 0 ? failed : (end as RunStep)]);
        const named = await other.experiments.findByName(names[turn % 3] as string);
        if (named && turn % 3 === 0) await other.experiments.add(named.id, { ids: [run.id] }).catch(ignoreMissing);
        if (named && turn % 3 === 1) await other.experiments.remove(named.id, { ids: [run.id] }).catch(ignoreMissing);
        if (turn % 4 === 3) await other.delete(run.id);
      }
    };
    await Promise.all(stores.map(work));
    const experiment = await store.experiments.findByName('c');
    if (experiment) await store.experiments.delete(experiment.id);
    const counted = async () => {
      for (const name of [undefined, ...names]) {
        const rows = await database.run.findMany({
          where: name === undefined ? {} : { experiments: { some: { experiment: { name } } } },
        });
        const figures = await aggregatesOf(database, dialect, { experiment: name });
        assert.equal(figures.count, rows.length, `runs of ${name}`);
        assert.equal(figures.audited, rows.filter(({ auditPassed }) => auditPassed !== null).length);
        for (const { status, count } of figures.byStatus)
          assert.equal(count, rows.filter((row) => row.status === status).length, `${status} of ${name}`);
        if (name !== undefined) continue;
        const events = rows.reduce((sum, { eventCount }) => sum + eventCount, 0);
        const { runs, events: tallied } = await totals(database, dialect);
        assert.deepEqual({ runs, events: tallied }, { runs: rows.length, events });
        const [bytes] = await database.$queryRaw<[{ tallied: number; stored: number }]>`
          SELECT (SELECT SUM("bytes") FROM "RunTally" WHERE "experimentId" = '')::INTEGER AS "tallied",
            (SELECT SUM("storedBytes") FROM "Run")::INTEGER AS "stored"`;
        assert.equal(bytes.tallied, bytes.stored);
      }
    };
    await counted();
    // Until what was changed is summed: it comes to the same.
    for (let changes = 1; changes > 0; ) {
      const { run } = await ask(store, 1000);
      await store.label(run.id, { pinned: true });
      await store.append(run.id, [failed]);
      await store.delete(run.id);
      const [row] = await database.$queryRaw<
        [{ count: number }]
      >`SELECT COUNT(*)::INTEGER AS "count" FROM "RunTallyChange"`;
      changes = row.count > 20 ? row.count : 0;
    }
    await counted();
  });
});

/** Another server may have deleted it. */
function ignoreMissing(error: { code?: string }): void {
  if (error.code !== 'UNKNOWN_RUN') throw error;
}
