/** The database of runs, for commands: read beside a server, written where there is none. */
import { stat } from 'node:fs/promises';
import { isPostgresql, withoutPassword } from '../../database-url.ts';
import { TributaryError } from '../../errors.ts';
import type { OpenedStore } from '../../runs/dialect.ts';
import { openBeside, openStore } from '../../runs/open.ts';
import { pathOf } from '../../runs/sqlite/database.ts';
import { tryLock } from '../../runs/sqlite/database-lock.ts';
import { RunStore } from '../../runs/store.ts';

type Work<Result> = (store: RunStore, opened: OpenedStore) => Promise<Result>;

/** @throws TributaryError RUN_STATE where there is none: what only reads makes none */
export async function requireDatabase(url: string): Promise<void> {
  if (isPostgresql(url) || (await stat(pathOf(url)).catch(() => undefined))) return;
  throw new TributaryError('RUN_STATE', `There is no database ${url}; DATABASE_URL names another, npm start makes one`);
}

/** A file on which no server runs is brought to this version first, as a server would. @throws as `requireDatabase` and `openStore` */
export async function reading<Result>(url: string, work: Work<Result>): Promise<Result> {
  await requireDatabase(url);
  return besideServer(url, work);
}

/**
 * The same, and where there is none it is made. What is written waits for the writes of a server that is running; it has
 * to be nothing that a server keeps in memory.
 */
export async function besideServer<Result>(url: string, work: Work<Result>): Promise<Result> {
  const open = async () => {
    if (isPostgresql(url)) return await openBeside(url);
    using lock = await tryLock(url);
    return lock ? await openStore(url) : await openBeside(url);
  };
  return withStore(await open(), work);
}

/**
 * No server can start on a file until that is done.
 * @param advice what else can be done where a server runs on it
 * @throws TributaryError RUN_STATE where one does
 */
export async function writing<Result>(url: string, advice: string, work: Work<Result>): Promise<Result> {
  const served = () => new TributaryError('RUN_STATE', `A server is running on ${withoutPassword(url)}: ${advice}`);
  if (isPostgresql(url)) {
    const { serversOn } = await import('../../runs/postgresql/servers.ts');
    return withStore(await openStore(url), async (store, opened) => {
      if ((await serversOn(opened.database)) > 0) throw served();
      return work(store, opened);
    });
  }
  using lock = await tryLock(url);
  if (!lock) throw served();
  return await withStore(await openStore(url, { lock }), work);
}

async function withStore<Result>(opened: OpenedStore, work: Work<Result>): Promise<Result> {
  const { database, dialect } = opened;
  const store = new RunStore(database, undefined, undefined, { dialect });
  try {
    return await work(store, opened);
  } finally {
    await store.close();
  }
}
