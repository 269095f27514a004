/** For tests: databases on the PostgreSQL server that all test files share. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { sharedPostgres } from './shared.ts';

export interface FreshDatabase extends AsyncDisposable {
  readonly url: string;
}

/**
 * A database of a test's own, dropped at the end of the block: `await using database = await freshDatabase()`.
 * @param template the name of a database that it begins as a copy of; absent: it is empty
 */
export async function freshDatabase(template?: string): Promise<FreshDatabase> {
  const server = await administration();
  const name = `test_${randomBytes(8).toString('hex')}`;
  // Its files are copied as they are, instead of through the log.
  await server.query(`CREATE DATABASE ${name} STRATEGY file_copy ${template ? `TEMPLATE ${template}` : ''}`);
  return {
    url: await urlOf(name),
    async [Symbol.asyncDispose]() {
      await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/**
 * A database to copy, made by the first of all processes that asks for it.
 * @param fill leaves no connection to it open
 * @returns its name
 */
export async function templateDatabase(name: string, fill: (url: string) => Promise<void>): Promise<string> {
  const client = await (await administration()).connect();
  try {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return name;
    // Under another name until it is whole: what fails half-way is nobody's template.
    const draft = `${name}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${draft}`);
    await fill(await urlOf(draft));
    await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
    return name;
  } finally {
    await client.query('SELECT pg_advisory_unlock_all()');
    client.release();
  }
}

/** Connections to the database for whoever has none yet. They keep no process. */
async function administration(): Promise<pg.Pool> {
  administrators ??= new pg.Pool({ connectionString: await sharedPostgres(), allowExitOnIdle: true, max: 4 });
  return administrators;
}

let administrators: pg.Pool | undefined;

async function urlOf(name: string): Promise<string> {
  const url = new URL(await sharedPostgres());
  url.pathname = name;
  return url.href;
}
