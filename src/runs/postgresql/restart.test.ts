/** PostgreSQL is stopped and started while runs are written: that costs a wait, and nothing else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ownPostgres } from '../../../test/support/postgres/server.ts';
import { attribution, passed, subject } from '../../../test/support/scripted-engine.ts';
import { openStore } from '../open.ts';
import { lockPatience } from '../patience.ts';
import { RunStore } from '../store.ts';
import type { Question } from '../types.ts';

const question = { kind: 'LOGIT_ATTRIBUTION', input: { ...attribution(1), target: {} } } as never as Question;

/** Longer than the product waits: machines of tests are slow, and what is tested is that nothing is lost. */
const patience = 6 * lockPatience;

async function served() {
  const stack = new AsyncDisposableStack();
  const postgres = stack.use(await ownPostgres({ synchronous_commit: 'on' }));
  const { database, dialect } = await openStore(postgres.url());
  const store = new RunStore(database, undefined, patience, { dialect });
  stack.defer(() => store.close());
  const newRun = async (hash: string) => {
    const { run } = await store.findOrCreate(store.newId(), subject, question, hash, () => true);
    return run.id;
  };
  return { postgres, database, dialect, store, newRun, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('a database that goes and comes back', () => {
  for (const how of ['fast', 'immediate'] as const)
    it(`loses nothing of what is written meanwhile, and stores nothing twice: ${how}`, async () => {
      await using fixture = await served();
      const { postgres, store, newRun } = fixture;
      const ids = await Promise.all(Array.from({ length: 6 }, (_, index) => newRun(`hash ${index}`)));
      let going = true;
      const write = async (id: string) => {
        let count = 0;
        for (; going; count++) {
          await store.append(id, [passed(count)]);
          assert.equal((await store.find(id))?.eventCount, count + 1);
        }
        return count;
      };
      const writing = ids.map(write);
      for (let time = 0; time < 3; time++) {
        await setTimeout(200);
        await postgres.restart(how);
      }
      await setTimeout(200);
      going = false;
      for (const [index, count] of (await Promise.all(writing)).entries()) {
        const told = await store.events.page(ids[index] as string, { limit: 10_000 });
        const layers = told.map(({ step }) => (step as { layer?: number }).layer);
        assert.deepEqual(layers, [...layers.keys()]);
        assert.equal(layers.length, count);
      }
      assert.equal(await store.housekeeping.fault(), undefined);
    });

  it('is told of in words while it is gone', async () => {
    await using fixture = await served();
    const { postgres, database, dialect, newRun } = fixture;
    const id = await newRun('hash');
    const impatient = new RunStore(database, undefined, 0, { dialect });
    await postgres.stop();
    const refusal = {
      code: 'OVER_CAPACITY',
      message: /the connection to the database is lost; when it is back, ask again/,
    };
    await assert.rejects(impatient.find(id), refusal);
    await assert.rejects(impatient.append(id, [passed(0)]), refusal);
    assert.match((await impatient.housekeeping.fault())?.advice ?? '', /whether PostgreSQL runs/);
    await postgres.start();
    assert.equal(await impatient.housekeeping.fault(), undefined);
    await impatient.append(id, [passed(0)]);
    assert.equal((await impatient.find(id))?.eventCount, 1);
  });
});
