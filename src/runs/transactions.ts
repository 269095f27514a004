/** How the database is reached: reads with patience, writes one after the other, and what is said where neither works. */
import { TributaryError } from '../errors.ts';
import type { Prisma, PrismaClient } from './generated/client.ts';
import { tryRoom } from './sqlite/database.ts';
import { patiently } from './sqlite/patience.ts';
import { type StorageFault, storageFaultOf } from './sqlite/storage-fault.ts';

export type Transaction = Prisma.TransactionClient;

export class Transactions {
  readonly #database: PrismaClient;
  readonly #patience: number;
  /** The last write. SQLite has one writer, and a transaction that meets another one's lock can poison the client. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Has a write failed, and no large one gone through since? Small ones find room that others do not. */
  #inDoubt = false;

  /** @param patience milliseconds that a read or write waits for the lock of another process, its turn included */
  constructor(database: PrismaClient, patience: number) {
    this.#database = database;
    this.#patience = patience;
  }

  /** @throws TributaryError OVER_CAPACITY where the storage fails; otherwise as `work` */
  read<Result>(work: (database: PrismaClient) => Promise<Result>): Promise<Result> {
    return patiently(() => work(this.#database), performance.now() + this.#patience).catch(rethrow);
  }

  /** In a transaction of its own, when those before it are over. @throws as `read` */
  write<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#write((database) => database.$transaction(work));
  }

  /** A single statement, which is a transaction by itself. Otherwise as `write`. */
  writeOne<Result>(work: (database: Transaction) => Promise<Result>): Promise<Result> {
    return this.#write(work);
  }

  async #write<Result>(work: (database: PrismaClient) => Promise<Result>): Promise<Result> {
    try {
      return await this.#inTurn(() => work(this.#database));
    } catch (error) {
      if (storageFaultOf(error)) this.#inDoubt = true;
      return rethrow(error);
    }
  }

  /** Tries whether something can be stored: by a transaction without a write, until one has failed. @returns why not */
  async fault(): Promise<StorageFault | undefined> {
    const database = this.#database;
    try {
      await this.#inTurn(() => (this.#inDoubt ? tryRoom(database) : database.$transaction(async () => undefined)));
      this.#inDoubt = false;
      return undefined;
    } catch (error) {
      const advice = (error as Error).message;
      return storageFaultOf(error) ?? { reason: 'the database does not answer', remedy: 'ask again later', advice };
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#database.$disconnect();
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const until = performance.now() + this.#patience;
    const result = this.#writing.then(() => patiently(work, until));
    this.#writing = result.catch(() => undefined);
    return result;
  }
}

/** @throws TributaryError OVER_CAPACITY where the storage fails, which passes or can be mended; otherwise the error itself */
function rethrow(error: unknown): never {
  const fault = storageFaultOf(error);
  if (!fault) throw error;
  const message = `The server's database does not work: ${fault.reason}; ${fault.remedy}`;
  throw new TributaryError('OVER_CAPACITY', message, {}, { cause: error });
}
