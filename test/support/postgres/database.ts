/** For tests: databases on the PostgreSQL server that all test files share. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { sharedPostgres } from './shared.ts';

export interface FreshDatabase extends AsyncDisposable {
  readonly url: string;
}

/**
 * A database of a test's own, dropped at the end of the block: `await using database = await freshDatabase()`.
 * @param template the name of a database that it begins as a copy of; absent: it is empty
 */
export async function freshDatabase(template?: string): Promise<FreshDatabase> {
  const shared = await sharedPostgres();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(shared, `CREATE DATABASE ${name} ${template ? `TEMPLATE ${template}` : ''}`);
  return {
    url: urlOf(shared, name),
    [Symbol.asyncDispose]: () => administer(shared, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/**
 * A database to copy, made by the first of all processes that asks for it.
 * @param fill leaves no connection to it open
 * @returns its name
 */
export async function templateDatabase(name: string, fill: (url: string) => Promise<void>): Promise<string> {
  const shared = await sharedPostgres();
  const client = new Client({ connectionString: shared });
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(hashtext('${name}'))`);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return name;
    // Under another name until it is whole: what fails half-way is nobody's template.
    const draft = `${name}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft}`);
    await fill(urlOf(shared, draft));
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
    return name;
  } finally {
    await client.end();
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function urlOf(shared: string, name: string): string {
  const url = new URL(shared);
  url.pathname = name;
  return url.href;
}
