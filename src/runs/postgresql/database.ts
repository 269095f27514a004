/** Opens a database of PostgreSQL. */
import pg from 'pg';
import { withoutPassword } from '../../database-url.ts';
import type { OpenedStore } from '../dialect.ts';
import type { PrismaClient } from '../generated/client.ts';
import { lockPatience, patiently } from '../patience.ts';
import { signsOf } from '../storage-fault.ts';
import { adapterOn, poolOf } from './adapter.ts';
import { postgresql } from './dialect.ts';
import { PrismaClient as PostgresqlClient } from './generated/client.ts';
import { isCurrent, migrate } from './migrate.ts';
import { passes, storageFaultOf } from './storage-fault.ts';

/** Connections that a process has at the most, unless it is told another number. */
export const usualConnections = 10;

/** Milliseconds that a transaction may wait to begin, and then take: far more than any needs. */
const transactionPatience = 60_000;

export interface PostgresqlOptions {
  /** Connections that this process has at the most. */
  readonly connections?: number | undefined;
  /** Milliseconds to wait for a database that starts. */
  readonly patience?: number | undefined;
  /** Whether a database of another version is refused, instead of being brought to this one. */
  readonly asItIs?: boolean | undefined;
}

/**
 * @param url `postgres://` or `postgresql://`
 * @throws Error that says what is wrong with the database, without the password
 */
export async function openPostgresql(
  url: string,
  { connections = usualConnections, patience = lockPatience, asItIs = false }: PostgresqlOptions = {},
): Promise<OpenedStore> {
  try {
    await patiently(() => prepare(url, asItIs), performance.now() + patience, passes);
  } catch (error) {
    throw new Error(`The database ${withoutPassword(url)} cannot be opened: ${reasonOf(error)}`, { cause: error });
  }
  const pool = poolOf(url, connections);
  const client = new PostgresqlClient({
    adapter: adapterOn(pool),
    transactionOptions: { maxWait: transactionPatience, timeout: transactionPatience },
  });
  return {
    // The models are the same: this is the one place that knows that there are two clients.
    database: client as unknown as PrismaClient,
    dialect: postgresql,
    close: () => client.$disconnect(),
  };
}

async function prepare(url: string, asItIs: boolean): Promise<void> {
  const connection = new pg.Client({
    connectionString: url,
    application_name: 'tributary',
    connectionTimeoutMillis: 5000,
  });
  connection.on('error', () => undefined);
  try {
    await connection.connect();
    const { rows } = await connection.query<{ server_encoding: string }>('SHOW server_encoding');
    const encoding = rows[0]?.server_encoding;
    if (encoding !== 'UTF8')
      throw new Error(
        `it is of the encoding ${encoding}; make one of UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
      );
    if (!asItIs) await migrate(url, connection);
    else if (!(await isCurrent(connection)))
      throw new Error('it is empty, or of an earlier version; `npm start` brings it to this one');
  } finally {
    await connection.end();
  }
}

/** In the words of whoever set the URL. */
function reasonOf(error: unknown): string {
  const signs = signsOf(error);
  if (/P3005/.test(signs)) return 'it has tables of another program';
  if (/P3009|P3018/.test(signs)) return `bringing it to this version failed: ${(error as Error).message}`;
  const fault = storageFaultOf(error);
  return fault ? `${fault.reason}; ${fault.advice}` : (error as Error).message;
}
