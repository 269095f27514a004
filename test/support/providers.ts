/** For tests: the databases that a store may lie in. */
import { join } from 'node:path';
import type { PrismaClient } from '../../src/runs/generated/client.ts';
import { openStore } from '../../src/runs/open.ts';
import { freshDatabase, templateDatabase } from './postgres/database.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface TemporaryDatabase extends AsyncDisposable {
  readonly url: string;
}

/** What of a table is refused. */
export interface Refused {
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly table: 'Run' | 'Event' | 'Experiment' | 'ExperimentRun';
  /** With which the database refuses it. */
  readonly reason: string;
}

export interface Provider {
  readonly name: string;
  /** Of one test, without any runs, removed at the end of the block. */
  temporaryDatabase(): Promise<TemporaryDatabase>;
  /** Has the database refuse such writes until the end of the block. */
  refuse(database: PrismaClient, refused: Refused): Promise<AsyncDisposable>;
}

export const sqlite: Provider = {
  name: 'SQLite',
  async temporaryDatabase() {
    const folder = await temporaryFolder();
    return {
      url: `file:${join(folder.path, 'test.db')}`,
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
  async refuse(database, { event, table, reason }) {
    const name = `"refuse${event}${table}"`;
    const refusal = `BEGIN SELECT RAISE(ABORT, '${reason}'); END`;
    await database.$executeRawUnsafe(`CREATE TRIGGER ${name} BEFORE ${event} ON "${table}" ${refusal}`);
    return disposable(() => database.$executeRawUnsafe(`DROP TRIGGER ${name}`));
  },
};

export const postgresql: Provider = {
  name: 'PostgreSQL',
  async temporaryDatabase() {
    migrated ??= templateDatabase('migrated', async (url) => (await openStore(url)).close());
    return freshDatabase(await migrated);
  },
  async refuse(database, { event, table, reason }) {
    const name = `"refuse${event}${table}"`;
    const refusal = `BEGIN RAISE EXCEPTION '${reason}'; END`;
    await database.$executeRawUnsafe(
      `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS '${refusal.replaceAll("'", "''")}'`,
    );
    await database.$executeRawUnsafe(
      `CREATE TRIGGER ${name} BEFORE ${event} ON "${table}" FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`,
    );
    return disposable(() => database.$executeRawUnsafe(`DROP FUNCTION ${name} CASCADE`));
  },
};

let migrated: Promise<string> | undefined;

function disposable(end: () => Promise<unknown>): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
}
