/** One server a database: it ends the runs that a dead one left behind, which would be another one's that lives. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { cannotOpen, pathOf } from './database.ts';
import { identityOf, moved, type Verified } from './database-files.ts';

const busy = 5;

/**
 * Held until it is disposed of, or the process ends in whatever way: the lock is the operating system's, on a file beside
 * the database. (A file with a process id would have to be judged stale. The database's own lock would keep out its
 * readers, and closing any handle on a file gives up all that the process has locked of it.)
 */
export class DatabaseLock implements Disposable, Verified {
  readonly #path: string;
  #file: DatabaseSync;
  #identity: string | undefined;

  /** @throws Error when another server holds it */
  constructor(path: string) {
    this.#path = path;
    this.#file = locked(path);
    this.#identity = identityOf(path);
  }

  /** Locks its file anew where it was deleted, unless another server has been faster. */
  verify(): void {
    if (identityOf(this.#path) === this.#identity) return;
    try {
      const file = locked(this.#path);
      this.#file.close();
      this.#file = file;
      this.#identity = identityOf(this.#path);
    } catch (error) {
      throw moved(`${this.#path} was deleted, and another server may have the database now`, error);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/**
 * @param url as of `openDatabase`
 * @throws Error when another server holds the lock
 */
export async function lockDatabase(url: string): Promise<DatabaseLock> {
  const lock = await tryLock(url);
  if (lock) return lock;
  const advice =
    'a server is running on it already; stop that one, or give this one a database and a port of its own: DATABASE_URL=file:./data/other.db PORT=4001 npm start';
  throw cannotOpen(url, new Error(advice));
}

/** The same. @returns undefined when another server holds the lock */
export async function tryLock(url: string): Promise<DatabaseLock | undefined> {
  try {
    const path = pathOf(url);
    await mkdir(dirname(path), { recursive: true });
    return new DatabaseLock(`${path}-lock`);
  } catch (error) {
    if ((error as { errcode?: number }).errcode === busy) return undefined;
    throw cannotOpen(url, error);
  }
}

function locked(path: string): DatabaseSync {
  const file = new DatabaseSync(path);
  try {
    file.exec('BEGIN EXCLUSIVE');
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
