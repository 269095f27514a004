/** Opens the database: the one place that knows which provider it is. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PrismaClient } from '../generated/client.ts';
import { lockPatience, patiently } from '../patience.ts';
import { signsOf } from '../storage-fault.ts';
import { fileOf, type Verified } from './database-files.ts';
import { isCurrent, migrate } from './migrate.ts';
import { SqliteAdapter } from './sqlite-adapter.ts';
import { isLocked } from './storage-fault.ts';

/**
 * Milliseconds that a transaction may wait to begin, and then take: far more than any needs, since a transaction that
 * Prisma gives up because the thread was busy with something else fails its run.
 */
const transactionPatience = 60_000;

/**
 * @param url `file:` and a path; relative ones start at the working directory
 * @param options.patience milliseconds to wait for another process's lock while it is opened; a client does not wait
 * @param options.lock nothing is written once it is lost
 * @returns a client on the migrated database, in WAL mode
 * @throws Error that says what is wrong with the file
 */
export async function openDatabase(
  url: string,
  { patience = lockPatience, lock }: { readonly patience?: number; readonly lock?: Verified } = {},
): Promise<PrismaClient> {
  const adapter = new SqliteAdapter({ url }, lock);
  const database = clientOn(adapter);
  const until = performance.now() + patience;
  try {
    await mkdir(dirname(pathOf(url)), { recursive: true });
    // Readers do not wait for the writer, and a process that is killed leaves whole transactions only.
    await patiently(() => database.$queryRawUnsafe('PRAGMA journal_mode = WAL'), until, isLocked);
    await patiently(() => migrate(adapter, 'sqlite'), until, isLocked);
    return database;
  } catch (error) {
    await database.$disconnect();
    throw cannotOpen(url, error);
  }
}

/**
 * As it is, to be read beside a server that is running on it.
 * @throws Error as `openDatabase`, and when it is of another version
 */
export async function openBeside(url: string): Promise<PrismaClient> {
  const database = clientOn(new SqliteAdapter({ url }));
  try {
    if (await isCurrent(database, 'sqlite')) return database;
    throw new Error('the server that is running on it is of another version; read it by that one, or stop the server');
  } catch (error) {
    await database.$disconnect();
    throw cannotOpen(url, error);
  }
}

function clientOn(adapter: SqliteAdapter): PrismaClient {
  return new PrismaClient({
    adapter,
    transactionOptions: { maxWait: transactionPatience, timeout: transactionPatience },
  });
}

export function cannotOpen(url: string, cause: unknown): Error {
  return new Error(`The database ${url} cannot be opened: ${reasonOf(cause)}`, { cause });
}

export function pathOf(url: string): string {
  const path = fileOf(url);
  if (path === '' || path === ':memory:') throw new Error('it must be a file, since a run outlives its process');
  return path;
}

const reasons: readonly (readonly [sign: RegExp, reason: string])[] = [
  [/SQLITE_NOTADB/, 'the file is no SQLite database'],
  [/SQLITE_CORRUPT/, 'the file is damaged; put back a copy of it, or move it away to start anew'],
  [/SQLITE_BUSY/, 'another process has locked it; is a server running on it already?'],
  [/SQLITE_READONLY/, 'it can be read only, and runs are written'],
  [
    /SQLITE_CANTOPEN|unable to open database file|ConnectionFailed|EEXIST|ENOTDIR|EACCES|EROFS/,
    'there can be no file of this name, or no access to it',
  ],
  [/P3005/, 'it has tables of another program'],
  [/P3009/, 'bringing it to this version failed half-way before; put back a copy of it, or move it away to start anew'],
];

/** In the words of whoever set the URL. */
function reasonOf(error: unknown): string {
  const signs = signsOf(error);
  const known = reasons.find(([sign]) => sign.test(signs));
  return known ? known[1] : (error as Error).message;
}
