/** Opens the database of a URL: only what its provider needs is loaded. */
import { isPostgresql } from '../database-url.ts';
import type { OpenedStore } from './dialect.ts';
import type { Verified } from './sqlite/database-files.ts';

export interface OpenOptions {
  /** SQLite: nothing is written once it is lost. */
  readonly lock?: Verified | undefined;
  /** PostgreSQL: connections that this process has at the most. */
  readonly connections?: number | undefined;
  /** Milliseconds to wait for another process's lock, or a database that starts, while it is opened. */
  readonly patience?: number | undefined;
}

/**
 * @param url `file:` and a path, `postgres://` or `postgresql://`
 * @returns the migrated database
 * @throws Error that says what is wrong with it
 */
export async function openStore(url: string, { lock, connections, patience }: OpenOptions = {}): Promise<OpenedStore> {
  const waiting = patience !== undefined && { patience };
  if (isPostgresql(url)) {
    const { openPostgresql } = await import('./postgresql/database.ts');
    return openPostgresql(url, { connections, ...waiting });
  }
  const [{ openDatabase }, { sqlite }] = [await import('./sqlite/database.ts'), await import('./sqlite/dialect.ts')];
  const database = await openDatabase(url, { ...(lock && { lock }), ...waiting });
  return { database, dialect: sqlite, close: () => database.$disconnect() };
}

/**
 * As it is, to be read beside a server that is running on it.
 * @throws Error as `openStore`, and when it is of another version
 */
export async function openBeside(url: string): Promise<OpenedStore> {
  if (isPostgresql(url)) {
    const { openPostgresql } = await import('./postgresql/database.ts');
    return openPostgresql(url, { asItIs: true });
  }
  const [{ openBeside }, { sqlite }] = [await import('./sqlite/database.ts'), await import('./sqlite/dialect.ts')];
  const database = await openBeside(url);
  return { database, dialect: sqlite, close: () => database.$disconnect() };
}
