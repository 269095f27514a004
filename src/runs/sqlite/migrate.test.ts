import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';
import { migrate } from './migrate.ts';
import { SqliteAdapter } from './sqlite-adapter.ts';

const prisma = new URL('../../../prisma/', import.meta.url);

describe('the migrations', () => {
  it('make the tables that the models describe', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
    const [migrated, described] = [join(folder, 'migrated.db'), join(folder, 'described.db')];
    await migrate(new SqliteAdapter({ url: `file:${migrated}` }), 'sqlite');
    const database = new DatabaseSync(described);
    database.exec(await script());
    database.close();
    assert.ok(tables(described).length >= 4);
    assert.deepEqual(tables(migrated), tables(described));
    await rm(folder, { recursive: true });
  });

  it('give the attributions of before their method, and their prompts no text', async () => {
    const database = new DatabaseSync(':memory:');
    const names = (await readdir(new URL('sqlite/migrations/', prisma))).filter((name) => /^\d/.test(name)).sort();
    const apply = async (name: string) =>
      database.exec(await readFile(new URL(`sqlite/migrations/${name}/migration.sql`, prisma), 'utf8'));
    const [filters = ''] = names.splice(names.indexOf('20261129000000_run_filters'));
    for (const name of names) await apply(name);
    const insert = database.prepare(`INSERT INTO "Run" ("id", "kind", "status", "contentHash", "modelName",
      "modelRevision", "input", "createdAt") VALUES (?, ?, 'COMPLETED', 'h', 'm', 'r', ?, 0)`);
    insert.run('a', 'LOGIT_ATTRIBUTION', '{"inputIds":[1],"method":"OCCLUSION"}');
    insert.run('b', 'CIRCULATION', '{"inputIds":[1],"track":[0]}');
    await apply(filters);
    const rows = database.prepare(`SELECT "id", "method", "promptText", "promptFolded" FROM "Run" ORDER BY "id"`).all();
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [
        ['a', 'OCCLUSION', null, null],
        ['b', null, null, null],
      ],
    );
    database.close();
  });

  it('make indexes by which pages are found in their order, with nothing to be sorted, and what is under way', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
    const path = join(folder, 'test.db');
    await migrate(new SqliteAdapter({ url: `file:${path}` }), 'sqlite');
    const database = new DatabaseSync(path, { readOnly: true });
    const planOf = (query: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${query}`)
        .all()
        .map(({ detail }) => detail);
    const page = `"id" < 'y' ORDER BY "id" DESC LIMIT 21`;
    assert.deepEqual(
      planOf(`SELECT "id" FROM "Run" WHERE "owner" = 'o' AND "kind" = 'k' AND "status" = 's' AND "modelName" = 'm'
        AND "method" IS NULLIF('', '') AND "pinned" = 0 AND ${page}`),
      [
        'SEARCH Run USING COVERING INDEX Run_owner_kind_status_modelName_method_pinned_id_idx (owner=? AND kind=? AND status=? AND modelName=? AND method=? AND pinned=? AND id<?)',
      ],
    );
    assert.deepEqual(planOf(`SELECT * FROM "Run" WHERE "status" IN ('QUEUED', 'RUNNING')`), [
      'SEARCH Run USING INDEX Run_status_id_idx (status=?)',
    ]);
    database.close();
    await rm(folder, { recursive: true });
  });
});

/** The SQL that makes the tables from nothing, by the models alone. */
async function script(): Promise<string> {
  const models = await readdir(new URL('models/', prisma));
  const files = await Promise.all(
    ['sqlite/schema.prisma', ...models.map((name) => `models/${name}`)].map(async (name) => ({
      path: name,
      content: await readFile(new URL(name, prisma), 'utf8'),
    })),
  );
  const adapter = bindMigrationAwareSqlAdapterFactory(new SqliteAdapter({ url: ':memory:' }));
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  engine.free();
  assert.ok(stdout);
  return stdout;
}

/** Columns, keys and indexes of every table that Prisma knows, as SQLite sees them. */
function tables(path: string): unknown[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = (sql: string) => database.prepare(sql).all();
  const found = rows(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_prisma%' ESCAPE '\\'
      AND name NOT IN ('RunTally', 'RunPrompt') AND name NOT LIKE 'PromptTrigrams%' ORDER BY name`,
  ).map(({ name }) => ({
    name,
    columns: rows(`SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${name}') ORDER BY name`),
    keys: rows(
      `SELECT "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list('${name}') ORDER BY "from"`,
    ),
    indexes: rows(
      `SELECT i.name, i."unique", c.seqno, c.name AS "column" FROM pragma_index_list('${name}') i, pragma_index_info(i.name) c ORDER BY 1, 3`,
    ),
  }));
  database.close();
  return found;
}
