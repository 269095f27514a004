/** A database of PostgreSQL is brought to this version by whoever comes first, and refused where it is of a later one. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { freshDatabase } from '../../../test/support/postgres/database.ts';
import { openBeside, openStore } from '../open.ts';

const module = new URL('../open.ts', import.meta.url).href;

/** Opens a database in a process of its own, and closes it again. */
function openElsewhere(url: string) {
  const program = `const { openStore } = await import('${module}');
    const { database, close } = await openStore(process.env.DATABASE_URL);
    console.log(await database.run.count());
    await close();`;
  const env = { ...process.env, DATABASE_URL: url };
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env });
}

async function ask<Row extends pg.QueryResultRow>(url: string, query: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(query)).rows;
  } finally {
    await client.end();
  }
}

describe('a database of PostgreSQL', () => {
  it('is made by the first of several processes that start at once, and served by all', async () => {
    await using fresh = await freshDatabase();
    const { url } = fresh;
    const opened = await Promise.all(Array.from({ length: 4 }, () => openElsewhere(url)));
    assert.deepEqual(
      opened.map(({ stdout }) => stdout),
      ['0\n', '0\n', '0\n', '0\n'],
    );
    const rows = await ask(url, 'SELECT "finished_at" IS NOT NULL AS "finished" FROM "_prisma_migrations"');
    assert.deepEqual(rows, [{ finished: true }]);
    assert.deepEqual(await ask(url, `SELECT * FROM pg_locks WHERE locktype = 'advisory'`), []);
  });

  it('is refused where it is of a later version, and stays as it is', async () => {
    await using fresh = await freshDatabase();
    const { url } = fresh;
    await (await openStore(url)).close();
    await ask(
      url,
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at")
       VALUES ('x', 'x', '99990101000000_later', now(), now())`,
    );
    const refusal = /cannot be opened: it is of a later version of this program .*99990101000000_later/;
    await assert.rejects(openStore(url), refusal);
    await assert.rejects(openBeside(url), refusal);
  });

  it('is not made by what only reads it, nor beside tables of another program', async () => {
    await using fresh = await freshDatabase();
    const { url } = fresh;
    await assert.rejects(openBeside(url), /it is empty, or of an earlier version; `npm start` brings it/);
    await ask(url, 'CREATE TABLE "other" ("id" integer)');
    await assert.rejects(openStore(url), /cannot be opened: it has tables of another program$/);
  });

  it('is made again from the beginning where making it was broken off', async () => {
    await using fresh = await freshDatabase();
    const { url } = fresh;
    // As a process leaves it that is killed in the midst of the one statement that a migration is.
    await (await openStore(url)).close();
    const tables = await ask<{ name: string }>(
      url,
      `SELECT table_name AS "name" FROM information_schema.tables
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> '_prisma_migrations'`,
    );
    await ask(url, `DROP TABLE ${tables.map(({ name }) => `"${name}"`).join(', ')} CASCADE`);
    const functions = await ask<{ name: string }>(
      url,
      `SELECT oid::regprocedure::text AS "name" FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
    );
    await ask(url, functions.map(({ name }) => `DROP FUNCTION IF EXISTS ${name} CASCADE`).join('; '));
    await ask(url, 'UPDATE "_prisma_migrations" SET "finished_at" = NULL, "applied_steps_count" = 0');
    const { database, close } = await openStore(url);
    assert.equal(await database.run.count(), 0);
    await close();
  });

  it('that cannot be opened is told of in words, without its password', async () => {
    await using fresh = await freshDatabase();
    const wrong = (change: (url: URL) => void) => {
      const url = new URL(fresh.url);
      change(url);
      return assert.rejects(openStore(url.href, { patience: 0 }), (error: Error) => {
        assert.ok(!error.message.includes(url.password), error.message);
        assert.match(error.message, /^The database postgres(ql)?:\/\/\w+@127\.0\.0\.1:\d+\/\w+ cannot be opened: /);
        assert.match(error.message, /gives no access|connection to the database is lost/);
        return true;
      });
    };
    await wrong((url) => {
      url.password = 'not-the-password';
    });
    await wrong((url) => {
      url.pathname = '/nowhere';
    });
    await wrong((url) => {
      url.port = '1';
    });
  });
});
