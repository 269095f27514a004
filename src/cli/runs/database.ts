/** The database of runs, for commands: read beside a server, written where there is none. */
import { stat } from 'node:fs/promises';
import { TributaryError } from '../../errors.ts';
import { openBeside, openDatabase, pathOf } from '../../runs/sqlite/database.ts';
import { tryLock } from '../../runs/sqlite/database-lock.ts';
import { RunStore } from '../../runs/store.ts';

type Database = Awaited<ReturnType<typeof openDatabase>>;

/** @throws TributaryError RUN_STATE where there is none: what only reads makes none */
export async function requireDatabase(url: string): Promise<void> {
  if (await stat(pathOf(url)).catch(() => undefined)) return;
  throw new TributaryError('RUN_STATE', `There is no database ${url}; DATABASE_URL names another, npm start makes one`);
}

/** Where no server runs on it, it is brought to this version first, as a server would. @throws as `requireDatabase` and `openDatabase` */
export async function reading<Result>(
  url: string,
  work: (store: RunStore, database: Database) => Promise<Result>,
): Promise<Result> {
  await requireDatabase(url);
  return besideServer(url, work);
}

/**
 * The same, and where there is none it is made. What is written waits for the writes of a server that is running; it has
 * to be nothing that a server keeps in memory.
 */
export async function besideServer<Result>(
  url: string,
  work: (store: RunStore, database: Database) => Promise<Result>,
): Promise<Result> {
  const open = async () => {
    using lock = await tryLock(url);
    return lock ? await openDatabase(url) : await openBeside(url);
  };
  return withStore(await open(), work);
}

/**
 * No server can start on it until that is done.
 * @param advice what else can be done where a server runs on it
 * @throws TributaryError RUN_STATE where one does
 */
export async function writing<Result>(
  url: string,
  advice: string,
  work: (store: RunStore, database: Database) => Promise<Result>,
): Promise<Result> {
  using lock = await tryLock(url);
  if (!lock) throw new TributaryError('RUN_STATE', `A server is running on ${url}: ${advice}`);
  return await withStore(await openDatabase(url, { lock }), work);
}

async function withStore<Result>(
  database: Database,
  work: (store: RunStore, database: Database) => Promise<Result>,
): Promise<Result> {
  const store = new RunStore(database);
  try {
    return await work(store, database);
  } finally {
    await store.close();
  }
}
