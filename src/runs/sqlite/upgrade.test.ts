/** Databases of earlier versions, brought to this one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { experimentOfBefore, makeEarlierDatabase } from '../../../test/support/earlier-database.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { aggregatesOf, totals } from '../aggregates.ts';
import { RunStore } from '../store.ts';
import { openDatabase } from './database.ts';
import { sqlite } from './dialect.ts';
import { migrate } from './migrate.ts';
import { SqliteAdapter } from './sqlite-adapter.ts';

type Row = Record<string, unknown>;

const rowsIn = (path: string, query: string): Row[] => {
  using database = new DatabaseSync(path);
  return database
    .prepare(query)
    .all()
    .map((row) => ({ ...row }));
};

const everything = (path: string) => ({
  runs: rowsIn(path, 'SELECT * FROM "Run" ORDER BY "id"'),
  events: rowsIn(path, 'SELECT * FROM "Event" ORDER BY "runId", "sequence"'),
  parts: rowsIn(path, 'SELECT * FROM "Part" ORDER BY "runId", "name"'),
});

/** What is there must be as it was; what has been added since is left out. */
function assertKept(path: string, before: ReturnType<typeof everything>): void {
  const { runs, ...after } = everything(path);
  const { runs: runsBefore, ...rest } = before;
  assert.deepEqual(after, rest);
  const kept = runs.map((run, index) =>
    Object.fromEntries(Object.keys(runsBefore[index] ?? {}).map((name) => [name, run[name]])),
  );
  assert.deepEqual(
    kept.map((run) => ({ ...run, experimentId: undefined })),
    runsBefore.map((run) => ({ ...run, experimentId: undefined })),
  );
  assert.deepEqual(rowsIn(path, 'PRAGMA foreign_key_check'), []);
  assert.deepEqual(rowsIn(path, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  assert.deepEqual(
    rowsIn(path, 'SELECT "experimentId", "runId" FROM "ExperimentRun" ORDER BY "runId"'),
    runsBefore.flatMap(({ experimentId, id }) => (experimentId === null ? [] : [{ experimentId, runId: id }])),
  );
}

/** Made by version 0.1 in the midst of its making, as it was released, and brought to 0.2. */
const stages: Record<string, (path: string) => Promise<void>> = {
  'before 0.1': async (path) => {
    using database = new DatabaseSync(path);
    database.exec(`CREATE INDEX "Run_createdAt_id_idx" ON "Run"("createdAt", "id");
      DELETE FROM "_prisma_migrations" WHERE "migration_name" <> '20261123000000_runs'`);
  },
  '0.1': async () => undefined,
  '0.2': async (path) => {
    await migrate(new SqliteAdapter({ url: `file:${path}` }), 'sqlite', '20261129000000_run_filters');
  },
};

describe('a database of an earlier version', () => {
  for (const [version, bring] of Object.entries(stages))
    it(`(${version}) has everything that it had, and what is new besides`, async () => {
      await using folder = await temporaryFolder();
      const path = join(folder.path, 'test.db');
      await makeEarlierDatabase(path);
      const before = everything(path);
      assert.equal(before.runs.filter(({ experimentId }) => experimentId !== null).length, 2);
      await bring(path);
      const database = await openDatabase(`file:${path}`);
      const store = new RunStore(database);
      assertKept(path, before);
      for (const { id, kind, status, eventCount, input } of before.runs) {
        const run = await store.find(String(id));
        const [events, parts] = [before.events, before.parts].map((rows) =>
          rows.filter(({ runId }) => runId === id),
        ) as [Row[], Row[]];
        const bytes = [...events, ...parts].map(
          ({ payload, arrays }) => Buffer.byteLength(String(payload)) + (arrays as Uint8Array).byteLength,
        );
        const { audit } = JSON.parse(String(parts.find(({ name }) => name === 'summary')?.payload ?? '{}')) as {
          audit?: { logit: number; passed: boolean };
        };
        assert.deepEqual(
          [run?.storedBytes, run?.score, run?.auditPassed, run?.pinned, run?.note, run?.provenance, run?.profile],
          [
            bytes.reduce((sum, some) => sum + some, 0),
            audit?.logit ?? null,
            audit?.passed ?? null,
            false,
            '',
            null,
            null,
          ],
        );
        assert.equal(kind === 'LOGIT_ATTRIBUTION' && status === 'COMPLETED', audit !== undefined);
        const { method } = JSON.parse(String(input)) as { method?: string };
        assert.ok(
          method === undefined ||
            (await store.list({ limit: 9 }, { methods: [method] })).some((found) => found.id === id),
        );
        assert.equal((await store.events.page(String(id), { limit: 99 })).length, eventCount);
        assert.equal((await store.parts(String(id), ['summary', 'layers'])).size, parts.length);
      }
      assert.deepEqual(await totals(database, sqlite), { runs: before.runs.length, events: before.events.length });
      const { count, byMethod } = await aggregatesOf(database, sqlite, { experiment: experimentOfBefore });
      assert.deepEqual(
        [count, byMethod.map(({ kind, method }) => [kind, method])],
        [
          2,
          [
            ['LOGIT_ATTRIBUTION', 'FROZEN'],
            ['CIRCULATION', null],
          ],
        ],
      );
      assert.deepEqual((await store.housekeeping.unfinished()).map(({ status }) => status).sort(), [
        'QUEUED',
        'RUNNING',
      ]);
      await store.close();
    });

  it('that is killed while it is upgraded is as it was before the migration under way, or behind it, and is upgraded the next time', async () => {
    await using folder = await temporaryFolder();
    const made = join(folder.path, 'made.db');
    await makeEarlierDatabase(made);
    multiply(made);
    const before = everything(made);
    let midst = 0;
    for (const migration of [
      '20261129000000_run_filters',
      '20261130000000_experiments',
      '20261130100000_runs_at_size',
    ]) {
      const path = join(folder.path, `${migration}.db`);
      await copyFile(made, path);
      await killedIn(migration, path);
      const [{ over } = {}] = rowsIn(
        path,
        `SELECT "finished_at" IS NOT NULL AS "over" FROM "_prisma_migrations"
        WHERE "migration_name" = '${migration}'`,
      );
      if (over === 0) midst++;
      // Of version 0.3 on: it is not known what earlier ones have left of theirs.
      if (over === 0 && migration < '20261130') await assert.rejects(openDatabase(`file:${path}`), /half-way before/);
      else {
        await (await openDatabase(`file:${path}`)).$disconnect();
        assertKept(path, before);
      }
    }
    assert.ok(midst > 0);
  });

  it('that an earlier version has upgraded in part says what is to be done', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'test.db');
    await makeEarlierDatabase(path);
    {
      using database = new DatabaseSync(path);
      database.exec(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name") VALUES ('x', 'x', '20261129000000_run_filters')`,
      );
    }
    await assert.rejects(openDatabase(`file:${path}`), /failed half-way before; put back a copy of it/);
  });
});

/** So many runs that an upgrade takes a while. */
function multiply(path: string): void {
  using database = new DatabaseSync(path);
  database.exec(`PRAGMA foreign_keys = ON;
    CREATE TEMP TABLE "Copy" AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
      SELECT "id", printf('%s%04x', SUBSTR("id", 1, 32), i) AS "copy" FROM "Run", n;
    INSERT INTO "Run" SELECT c."copy", "kind", "status", "contentHash", NULL, "modelName", "modelRevision", "input", "createdAt",
      "startedAt", "finishedAt", "errorCode", "errorMessage", "eventCount", "experimentId" FROM "Run" r JOIN "Copy" c ON c."id" = r."id";
    INSERT INTO "Event" SELECT c."copy", "sequence", "at", "type", "payload", "arrays" FROM "Event" e JOIN "Copy" c ON c."id" = e."runId";
    INSERT INTO "Part" SELECT c."copy", "name", "count", "payload", "arrays" FROM "Part" p JOIN "Copy" c ON c."id" = p."runId"`);
}

/** Upgrades a database in a process of its own, which is killed once it has begun a migration. */
async function killedIn(migration: string, path: string): Promise<void> {
  const module = new URL('./database.ts', import.meta.url);
  const program = `const { openDatabase } = await import('${module}'); await (await openDatabase('file:${path}')).$disconnect()`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program], {
    stdio: 'inherit',
  });
  const exited = once(child, 'exit');
  using database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  const begun = database.prepare('SELECT 1 FROM "_prisma_migrations" WHERE "migration_name" = ?');
  while (child.exitCode === null && !begun.get(migration)) await setTimeout(1);
  child.kill('SIGKILL');
  await exited;
}
