/** Opens the database: the one place that knows which provider it is. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PrismaClient } from '../generated/client.ts';
import { migrate } from './migrate.ts';
import { SqliteAdapter } from './sqlite-adapter.ts';

/** Milliseconds to wait for a lock that another process holds; SQLite waits in the thread that asks. */
const lockTimeout = 5000;

/**
 * Milliseconds that a transaction may wait to begin, and then take: far more than any needs, since a transaction that
 * Prisma gives up because the thread was busy with something else fails its run.
 */
const patience = 60_000;

/**
 * @param url `file:` and a path; relative ones start at the working directory
 * @param timeout milliseconds to wait for a lock
 * @returns a client on the migrated database, in WAL mode
 * @throws Error that says what is wrong with the file
 */
export async function openDatabase(url: string, timeout = lockTimeout): Promise<PrismaClient> {
  const adapter = new SqliteAdapter({ url, timeout });
  const database = new PrismaClient({ adapter, transactionOptions: { maxWait: patience, timeout: patience } });
  try {
    await mkdir(dirname(pathOf(url)), { recursive: true });
    // Readers do not wait for the writer, and a process that is killed leaves whole transactions only.
    await database.$queryRawUnsafe('PRAGMA journal_mode = WAL');
    await migrate(adapter, 'sqlite');
    return database;
  } catch (error) {
    await database.$disconnect();
    throw cannotOpen(url, error);
  }
}

export function cannotOpen(url: string, cause: unknown): Error {
  return new Error(`The database ${url} cannot be opened: ${reasonOf(cause)}`, { cause });
}

/** Whether a write failed since the disk has no room. */
export function isDiskFull(error: unknown): boolean {
  const { code = '', message } = error as { code?: string; message: string };
  return /SQLITE_FULL/.test(`${code} ${message}`);
}

export function pathOf(url: string): string {
  const path = decodeURIComponent(url.replace(/^file:/, '').replace(/[?#].*$/, ''));
  if (path === '' || path === ':memory:') throw new Error('it must be a file, since a run outlives its process');
  return path;
}

const reasons: readonly (readonly [sign: RegExp, reason: string])[] = [
  [/SQLITE_NOTADB/, 'the file is no SQLite database'],
  [/SQLITE_CORRUPT/, 'the file is damaged; put back a copy of it, or move it away to start anew'],
  [/SQLITE_BUSY|Socket timeout/, 'another process has locked it; is a server running on it already?'],
  [/SQLITE_READONLY/, 'it can be read only, and runs are written'],
  [
    /SQLITE_CANTOPEN|unable to open database file|ConnectionFailed|EEXIST|ENOTDIR|EACCES|EROFS/,
    'there can be no file of this name, or no access to it',
  ],
  [/P3005/, 'it has tables of another program'],
  [/P3009/, 'bringing it to this version failed half-way before; put back a copy of it, or move it away to start anew'],
];

/** In the words of whoever set the URL. Prisma and its engines tell by codes, some only by their messages. */
function reasonOf(error: unknown): string {
  const { code = '', message } = error as { code?: string; message: string };
  const known = reasons.find(([sign]) => sign.test(`${code} ${message}`));
  return known ? known[1] : message;
}
