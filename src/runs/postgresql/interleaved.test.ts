/** What happens in a moment that few writers meet: between a commit and its answer, and between a change and its count. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import { freshDatabase } from '../../../test/support/postgres/database.ts';
import { attribution, passed, subject } from '../../../test/support/scripted-engine.ts';
import { aggregatesOf } from '../aggregates.ts';
import type { Transaction } from '../dialect.ts';
import type { PrismaClient } from '../generated/client.ts';
import { openStore } from '../open.ts';
import { RunStore } from '../store.ts';
import type { Question } from '../types.ts';

const question = { kind: 'LOGIT_ATTRIBUTION', input: { ...attribution(1), target: {} } } as never as Question;

async function served() {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await freshDatabase());
  const { database, dialect } = await openStore(url);
  const storeOn = (one: PrismaClient) => new RunStore(one, undefined, undefined, { dialect });
  const store = storeOn(database);
  stack.defer(() => store.close());
  const { run } = await store.findOrCreate(store.newId(), subject, question, 'hash', () => true);
  return { url, database, dialect, store, storeOn, id: run.id, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const lost = () => new Error('Connection terminated unexpectedly');

type Work = (transaction: Transaction) => Promise<unknown>;

/** The transaction is stored, and the answer is lost. */
async function behind(database: PrismaClient, work: Work): Promise<never> {
  await database.$transaction(work);
  throw lost();
}

/** All is done, and nothing of it is stored. */
function before(database: PrismaClient, work: Work): Promise<never> {
  return database.$transaction(async (transaction) => {
    await work(transaction);
    throw lost();
  });
}

describe('PostgreSQL, in moments that are met seldom,', () => {
  for (const losingOnce of [behind, before])
    it(`stores once what was to be stored as the connection was lost ${losingOnce.name} its commit`, async () => {
      await using fixture = await served();
      const { database, storeOn, store, id } = fixture;
      let times = 0;
      const losing = new Proxy(database, {
        get: (target, name) => {
          const own = Reflect.get(target, name);
          if (name !== '$transaction') return own;
          return (work: Work) => (times++ === 0 ? losingOnce(database, work) : database.$transaction(work));
        },
      });
      await storeOn(losing).append(id, [passed(0)]);
      assert.equal(times, losingOnce === behind ? 1 : 2);
      assert.equal((await store.find(id))?.eventCount, 1);
      assert.equal((await store.events.page(id, { limit: 5 })).length, 1);
    });

  it('counts a run that joins an experiment while it changes as what it has become', async () => {
    await using fixture = await served();
    const { url, database, dialect, store, id } = fixture;
    const { id: experimentId } = await store.experiments.create({ name: 'a', description: '', tags: [] });
    const [changing, joining] = [new pg.Client(url), new pg.Client(url)];
    await Promise.all([changing.connect(), joining.connect()]);
    try {
      await changing.query('BEGIN');
      await changing.query(`UPDATE "Run" SET "status" = 'RUNNING' WHERE "id" = $1`, [id]);
      let over = false;
      const joined = joining
        .query('INSERT INTO "ExperimentRun" VALUES ($1, $2, now())', [experimentId, id])
        .finally(() => {
          over = true;
        });
      for (let waits = false; !waits && !over; await setImmediate()) {
        const { rowCount } = await changing.query('SELECT 1 FROM pg_locks WHERE NOT granted');
        waits = rowCount !== 0;
      }
      await changing.query('COMMIT');
      await joined;
    } finally {
      await Promise.all([changing.end(), joining.end()]);
    }
    const { byStatus } = await aggregatesOf(database, dialect, { experiment: 'a' });
    assert.deepEqual(byStatus, [{ status: 'RUNNING', count: 1 }]);
  });
});
