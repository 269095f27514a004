import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Client } from 'pg';
import { noPostgres } from './binaries.ts';
import { freshDatabase, templateDatabase } from './database.ts';
import { ownPostgres } from './server.ts';

describe('PostgreSQL for tests', { skip: noPostgres ?? false }, () => {
  test('databases of two tests are strangers', async () => {
    await using one = await freshDatabase();
    await using other = await freshDatabase();
    await ask(one.url, 'CREATE TABLE told (word text)');
    assert.deepEqual(await ask(other.url, `SELECT to_regclass('told') AS "table"`), [{ table: null }]);
  });

  test('a database is gone after its block', async () => {
    const database = await freshDatabase();
    await ask(database.url, 'SELECT 1');
    await database[Symbol.asyncDispose]();
    await assert.rejects(ask(database.url, 'SELECT 1'), /does not exist/);
  });

  test('a template is filled once, whoever asks at once', async () => {
    let filled = 0;
    const fill = async (url: string) => {
      filled += 1;
      await ask(url, `CREATE TABLE told AS SELECT 'once' AS word`);
    };
    const [name] = await Promise.all(['', ''].map(() => templateDatabase('template_of_a_test', fill)));
    assert.equal(filled, 1);
    await using database = await freshDatabase(name);
    assert.deepEqual(await ask(database.url, 'SELECT word FROM told'), [{ word: 'once' }]);
  });

  test('a server of its own comes back at the same address with what was written', async () => {
    await using postgres = await ownPostgres();
    const url = postgres.url();
    await ask(url, `CREATE TABLE told AS SELECT 'kept' AS word`);
    await postgres.stop();
    await assert.rejects(ask(url, 'SELECT 1'), { code: 'ECONNREFUSED' });
    await postgres.start();
    assert.equal(postgres.url(), url);
    await postgres.restart('immediate');
    assert.deepEqual(await ask(url, 'SELECT word FROM told'), [{ word: 'kept' }]);
  });
});

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  // One that is dropped or stopped under it says so beside the failure of the query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
