/** SQLite for Prisma, on one connection that is kept and that recovers. */
import { PrismaLibSql } from '@prisma/adapter-libsql';

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
  override createClient(config: Config): Client {
    const client = super.createClient(config);
    // Statements that find the database locked are never finalized, and no later transaction of their connection can
    // commit: "SQL statements in progress". So that connection is given up.
    const orRenew = async <Result>(work: Promise<Result>): Promise<Result> => {
      try {
        return await work;
      } catch (error) {
        if (isBusy(error)) await client.reconnect();
        throw error;
      }
    };
    const execute = client.execute.bind(client) as (statement: string | object) => ReturnType<Client['execute']>;
    client.execute = ((statement: string | object) => orRenew(execute(statement))) as Client['execute'];
    client.transaction = async () => {
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

function isBusy(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'SQLITE_BUSY';
}
