/** One server a database: it ends the runs that a dead one left behind, which would be another one's that lives. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { cannotOpen, pathOf } from './database.ts';

const busy = 5;

/**
 * Held until it is disposed of, or the process ends in whatever way: the lock is the operating system's, on a file beside
 * the database. (A file with a process id would have to be judged stale. The database's own lock would keep out its
 * readers, and closing any handle on a file gives up all that the process has locked of it.)
 * @param url as of `openDatabase`
 * @throws Error when another server holds it
 */
export async function lockDatabase(url: string): Promise<Disposable> {
  try {
    const path = pathOf(url);
    await mkdir(dirname(path), { recursive: true });
    const file = new DatabaseSync(`${path}-lock`);
    try {
      file.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      file.close();
      throw error;
    }
    return { [Symbol.dispose]: () => file.close() };
  } catch (error) {
    throw cannotOpen(
      url,
      (error as { errcode?: number }).errcode === busy
        ? new Error(
            'a server is running on it already; stop that one, or give this one a database and a port of its own: DATABASE_URL=file:./data/other.db PORT=4001 npm start',
          )
        : error,
    );
  }
}
