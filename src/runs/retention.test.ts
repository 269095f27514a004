import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import fc from 'fast-check';
import { circulation, completed, subject } from '../../test/support/scripted-engine.ts';
import { onEachStore } from '../../test/support/stores.ts';
import type { TemporaryRuns } from '../../test/support/temporary-runs.ts';
import { Retention, type RetentionLimits } from './retention.ts';
import { RunIds } from './run-ids.ts';
import type { RunStatus } from './types.ts';

const day = 86_400_000;
const today = Date.UTC(2026, 10, 30);
const unlimited: RetentionLimits = { days: undefined, runs: undefined, bytes: undefined };

interface Made {
  /** Days. */
  readonly age?: number;
  readonly status?: RunStatus;
  readonly pinned?: boolean;
  readonly joined?: boolean;
  /** Milliseconds since it has ended; absent: as old as it is. */
  readonly ended?: number;
  readonly bytes?: number;
}

/** Runs as they are given, oldest first. @returns their ids */
async function make({ database }: TemporaryRuns, made: readonly Made[]): Promise<string[]> {
  let time = 0;
  const ids = new RunIds(() => new Date(time));
  const found: string[] = [];
  await database.experiment.create({ data: { id: 'e', name: 'e', createdAt: new Date() } });
  for (const { age = 0, status = 'COMPLETED', pinned = false, joined = false, ended, bytes = 10 } of made) {
    time = today - age * day;
    const id = ids.next();
    const finishedAt =
      status === 'QUEUED' || status === 'RUNNING' ? null : new Date(ended === undefined ? time : today - ended);
    const fixed = {
      kind: 'CIRCULATION',
      modelName: 'm',
      modelRevision: 'r',
      input: '{"inputIds":[]}',
      contentHash: id,
    };
    const events = {
      create: [{ sequence: 0, at: new Date(), type: 'STARTED', payload: '{}', arrays: new Uint8Array(bytes) }],
    };
    const own = { id, status, pinned, finishedAt, createdAt: new Date(time), storedBytes: bytes, eventCount: 1 };
    await database.run.create({ data: { ...fixed, ...own, events } });
    if (joined) await database.experimentRun.create({ data: { experimentId: 'e', runId: id, addedAt: new Date() } });
    found.push(id);
  }
  return found;
}

function retention(
  { store }: Pick<TemporaryRuns, 'store'>,
  limits: Partial<RetentionLimits>,
  inUse: readonly string[] = [],
) {
  return new Retention(
    store.housekeeping,
    { ...unlimited, ...limits },
    {
      isInUse: (id) => inUse.includes(id),
      onPruned: () => undefined,
      onFault: assert.ifError,
      now: () => new Date(today),
    },
  );
}

const left = async ({ store }: TemporaryRuns) =>
  (await store.list({ limit: 1000, inverted: true })).map(({ id }) => id);

onEachStore('the retention', ({ temporaryRuns }) => {
  it('deletes what is too old with all that it told, and says so to whoever follows the list', async () => {
    await using fixture = await temporaryRuns();
    const ids = await make(fixture, [{ age: 9 }, { age: 8, status: 'FAILED' }, { age: 7.1 }, { age: 6.9 }, { age: 1 }]);
    const { version } = fixture.store.changes;
    const pruned = await retention(fixture, { days: 7 }).apply();
    assert.deepEqual(pruned, { runs: { days: 3, runs: 0, bytes: 0 }, bytes: 30, tooLarge: false });
    assert.deepEqual(await left(fixture), ids.slice(3));
    assert.equal(await fixture.database.event.count(), 2);
    const told = fixture.store.changes.after(version, 10).runs;
    assert.deepEqual(
      told.map(({ id, deleted }) => [id, deleted]),
      ids.slice(0, 3).map((id) => [id, true]),
    );
  });

  it('leaves what is pinned, in an experiment, under way, in use, or has just ended', async () => {
    await using fixture = await temporaryRuns();
    const kept: Made[] = [
      { pinned: true },
      { joined: true },
      { status: 'QUEUED' },
      { status: 'RUNNING' },
      {},
      { ended: 60_000 },
    ];
    const ids = await make(fixture, [{ age: 9 }, ...kept.map((one) => ({ age: 9, ...one })), { age: 9 }]);
    const { runs } = await retention(fixture, { days: 1, runs: 0, bytes: 1 }, [ids[5] as string]).apply();
    assert.deepEqual(runs, { days: 2, runs: 0, bytes: 0 });
    assert.deepEqual(await left(fixture), ids.slice(1, -1));
  });

  it('takes from those that may go, oldest first, as many as are too old and too many', async () => {
    const one = fc.record({
      age: fc.integer({ min: 1, max: 20 }),
      pinned: fc.boolean(),
      joined: fc.boolean(),
      status: fc.constantFrom<RunStatus>('COMPLETED', 'FAILED', 'CANCELLED', 'RUNNING'),
    });
    await using fixture = await temporaryRuns();
    const { database } = fixture;
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { maxLength: 20 }),
        fc.option(fc.nat(20)),
        fc.option(fc.nat(10)),
        async (some, days, most) => {
          await database.run.deleteMany();
          await database.experiment.deleteMany();
          const made = some.toSorted((a, b) => b.age - a.age);
          const ids = await make(fixture, made);
          const loose = made.flatMap(({ age, pinned, joined, status }, index) =>
            pinned || joined || status === 'RUNNING' ? [] : [{ id: ids[index] as string, age }],
          );
          const gone = new Set(
            loose
              .filter(
                ({ age }, index) =>
                  age > (days ?? Number.POSITIVE_INFINITY) || index < loose.length - (most ?? loose.length),
              )
              .map(({ id }) => id),
          );
          await retention(fixture, { days: days ?? undefined, runs: most ?? undefined }).apply();
          assert.deepEqual(
            await left(fixture),
            ids.filter((id) => !gone.has(id)),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  it('makes room until the database is as small as it is to be, a few runs at a time, and not much more', async () => {
    await using fixture = await temporaryRuns();
    const ids = await make(
      fixture,
      Array.from({ length: 120 }, () => ({ age: 3, bytes: 20_000 })),
    );
    const inUse = async () => {
      const { bytes, freeBytes } = await fixture.store.housekeeping.size();
      return bytes - freeBytes;
    };
    const before = await inUse();
    const prune = mock.method(fixture.store.housekeeping, 'prune');
    const pruned = await retention(fixture, { bytes: before - 60 * 20_000 }).apply();
    assert.ok((await inUse()) <= before - 60 * 20_000);
    assert.deepEqual([pruned.runs, pruned.tooLarge], [{ days: 0, runs: 0, bytes: 100 }, false]);
    assert.deepEqual(await left(fixture), ids.slice(100));
    assert.deepEqual(
      prune.mock.calls.map(({ arguments: [some] }) => some.length),
      [50, 50],
    );
    assert.ok((await fixture.store.housekeeping.size()).freeBytes >= 60 * 20_000, 'it is free in the file');
    const all = await retention(fixture, { bytes: 1 }).apply();
    assert.deepEqual([all.runs.bytes, all.tooLarge], [20, true]);
  });

  it('deletes large runs one by one', async () => {
    await using fixture = await temporaryRuns();
    await make(
      fixture,
      Array.from({ length: 3 }, () => ({ age: 3, bytes: 5_000_000 })),
    );
    const prune = mock.method(fixture.store.housekeeping, 'prune');
    await retention(fixture, { runs: 1 }).apply();
    assert.deepEqual(
      prune.mock.calls.map(({ arguments: [some] }) => some.length),
      [1, 1],
    );
  });

  it('is applied when it begins; a fault is told and the next time comes', async () => {
    await using fixture = await temporaryRuns();
    await make(fixture, [{ age: 3 }]);
    const told = Promise.withResolvers<unknown>();
    const options = { isInUse: () => false, onPruned: told.resolve, onFault: told.reject };
    {
      await using kept = new Retention(fixture.store.housekeeping, { ...unlimited, days: 1 }, options);
      kept.start();
      assert.deepEqual(await told.promise, { runs: { days: 1, runs: 0, bytes: 0 }, bytes: 10, tooLarge: false });
    }
    mock.method(fixture.store.housekeeping, 'size', () => Promise.reject(new Error('no database')));
    const failed = Promise.withResolvers<unknown>();
    await using kept = new Retention(
      fixture.store.housekeeping,
      { ...unlimited, runs: 0 },
      { ...options, onFault: failed.resolve },
    );
    kept.start();
    assert.match(String(await failed.promise), /no database/);
  });

  it('knows which runs are in use: those under way, and those that somebody reads', async () => {
    await using fixture = await temporaryRuns();
    const { runs, engine } = fixture;
    const { id } = await runs.startCirculation(subject, circulation(1), { keep: true });
    assert.equal(runs.isInUse(id), true);
    const reader = runs.events(id);
    engine.step(completed);
    engine.end();
    await runs.close();
    assert.equal(runs.isInUse(id), true, 'it is read');
    await reader.return();
    assert.equal(runs.isInUse(id), false);
  });
});
