/** SQLite for Prisma, on one connection that is kept and that recovers. */
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { DatabaseFiles, fileOf, type Verified } from './database-files.ts';
import { locked, readOnly, storageFaultOf } from './storage-fault.ts';

type Config = ConstructorParameters<typeof PrismaLibSql>[0];
type Client = ReturnType<PrismaLibSql['createClient']>;
type Transaction = Awaited<ReturnType<Client['transaction']>>;

/**
 * libsql's client gives its connection away to each transaction, opens another one for what comes next, and never
 * closes the first: two file descriptors and a quarter of a megabyte a transaction, which closing the client does not
 * give back either. Here transactions run on the client's own connection. The adapter makes that safe: it lets nothing
 * else through between a transaction's begin and its end.
 */
export class SqliteAdapter extends PrismaLibSql {
  readonly #lock: Verified | undefined;

  /**
   * @param config without a timeout: SQLite would wait for another process's lock in the thread that asks, see `patiently`
   * @param lock nothing is written once it is lost
   */
  constructor(config: Config, lock?: Verified) {
    super(config);
    this.#lock = lock;
  }

  override createClient(config: Config): Client {
    const client = super.createClient(config);
    const files = new DatabaseFiles(fileOf(config.url));
    const reconnect = client.reconnect.bind(client);
    let [spent, fresh] = [false, true];
    client.reconnect = async () => {
      spent = true;
    };
    // Before the next statement, and never to a file that was put in the place of another.
    const renew = async () => {
      if (spent) {
        files.verify();
        files.forgetCompanions();
        await reconnect();
        [spent, fresh] = [false, true];
      }
      // The log is written at each commit, but the disk is waited for at checkpoints alone: SQLite would wait in the thread
      // that serves everybody, three times a run. A process that is killed loses nothing by it.
      if (fresh) await execute('PRAGMA synchronous = NORMAL');
      fresh = false;
    };
    const execute = client.execute.bind(client) as (statement: string | object) => ReturnType<Client['execute']>;
    client.execute = (async (statement: string | object) => {
      await renew();
      try {
        const result = await execute(statement);
        files.remember();
        return result;
      } catch (error) {
        // Statements that find the database locked are never finalized, and no later transaction of their connection can
        // commit: "SQL statements in progress". So that connection is given up.
        if (storageFaultOf(error) === locked || cannotWriteEver(error)) await client.reconnect();
        throw error;
      }
    }) as Client['execute'];
    // A connection that was made while the file could only be read.
    const cannotWriteEver = (error: unknown) => storageFaultOf(error) === readOnly && files.writable;
    client.transaction = async () => {
      this.#lock?.verify();
      try {
        files.verify();
      } catch (error) {
        // At once, for with the process a deleted log is gone. libsql's way to close a connection would not do it either.
        if (files.lostLog) await client.execute('PRAGMA wal_checkpoint(FULL)');
        throw error;
      }
      await renew();
      // Tried by a script, since a statement that finds the database locked costs the connection, see above, and two file
      // descriptors with it: too much for one that is tried again and again. This takes 20 microseconds.
      try {
        await client.executeMultiple('BEGIN IMMEDIATE; COMMIT');
      } catch (error) {
        if (cannotWriteEver(error)) await client.reconnect();
        throw error;
      }
      // Immediate: every transaction writes. A deferred one that reads first and is then refused the lock cannot wait
      // for it, since what it has read may have changed.
      await client.execute('BEGIN IMMEDIATE');
      return new KeptConnection(client) as Pick<Transaction, 'execute' | 'commit' | 'rollback'> as Transaction;
    };
    return client;
  }
}

/** A transaction as far as Prisma's adapter uses one. */
class KeptConnection {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  execute(statement: Parameters<Client['execute']>[0]): ReturnType<Client['execute']> {
    return this.#client.execute(statement);
  }

  async commit(): Promise<void> {
    try {
      await this.#client.execute('COMMIT');
    } catch (error) {
      // Prisma does not roll back what it failed to commit; an open transaction would hold the lock for ever.
      await this.rollback();
      throw error;
    }
  }

  async rollback(): Promise<void> {
    try {
      await this.#client.execute('ROLLBACK');
    } catch {
      // There is none where the connection was given up, or SQLite has ended it by itself: start from a new connection.
      await this.#client.reconnect();
    }
  }
}
