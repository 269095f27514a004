/** How the database is reached: reads and writes with patience, and what is said where neither works. */
import { TributaryError } from '../errors.ts';
import type { Dialect, Transaction } from './dialect.ts';
import type { PrismaClient } from './generated/client.ts';
import { patiently } from './patience.ts';
import type { StorageFault } from './storage-fault.ts';

export type { Transaction } from './dialect.ts';

/** What a transaction has changed, for other processes that share the database. */
export type Written =
  | WrittenRun
  | { readonly sweep: string }
  /** So much of runs has changed that each is not named. */
  | { readonly runs: 'changed' };

export interface WrittenRun<What extends WrittenOfRun = WrittenOfRun> {
  readonly run: string;
  readonly what: What;
  /** Whose it was, of one that is deleted: nobody can look it up any more. */
  readonly owner?: string;
}

/** `figures`: what its events tell has more to it. */
export type WrittenOfRun = 'status' | 'events' | 'figures' | 'labels' | 'deleted';

/** The same of several runs. */
export function writtenOf<What extends WrittenOfRun>(runIds: Iterable<string>, what: What): WrittenRun<What>[] {
  return Array.from(runIds, (run) => ({ run, what }));
}

/** Tells of it in the same transaction: others hear of it if, and when, it is stored. */
export type OnWritten = (transaction: Transaction, written: readonly Written[]) => Promise<void>;

export interface TransactionsOptions {
  /** Milliseconds that a read or write waits for the lock of another process, its turn included, or for a database that is gone. */
  readonly patience: number;
  readonly onWritten?: OnWritten | undefined;
}

export class Transactions {
  readonly dialect: Dialect;
  readonly #database: PrismaClient;
  readonly #patience: number;
  readonly #onWritten: OnWritten | undefined;
  /** Writes under way; of a database of one writer each behind the one before. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Has a write failed, and no large one gone through since? Small ones find room that others do not. */
  #inDoubt = false;

  constructor(database: PrismaClient, dialect: Dialect, { patience, onWritten }: TransactionsOptions) {
    this.#database = database;
    this.dialect = dialect;
    this.#patience = patience;
    this.#onWritten = onWritten;
  }

  /** @throws TributaryError OVER_CAPACITY where the storage fails; otherwise as `work` */
  read<Result>(work: (database: PrismaClient) => Promise<Result>): Promise<Result> {
    const until = performance.now() + this.#patience;
    return patiently(() => work(this.#database), until, this.dialect.passes).catch((error) => this.#rethrow(error));
  }

  /**
   * In a transaction of its own; of a database of one writer when those before it are over. It may be done again where it has
   * met another one.
   * @param written what others are to be told of, by the result
   * @throws as `read`
   */
  write<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    written: (result: Result) => readonly Written[] = () => [],
  ): Promise<Result> {
    return this.#write((database, until) => this.#transact(database, work, written, until));
  }

  /** A single statement, which is a transaction by itself where nobody else is to be told. Otherwise as `write`. */
  writeOne<Result>(
    work: (database: Transaction) => Promise<Result>,
    written: (result: Result) => readonly Written[] = () => [],
  ): Promise<Result> {
    if (!this.dialect.oneWriter) return this.write(work, written);
    return this.#write((database) => work(database));
  }

  #transact<Result>(
    database: PrismaClient,
    work: (transaction: Transaction) => Promise<Result>,
    written: (result: Result) => readonly Written[],
    until: number,
  ): Promise<Result> {
    const tell = this.#onWritten;
    return this.dialect.transact(
      database,
      async (transaction) => {
        const result = await work(transaction);
        const told = written(result);
        if (tell && told.length > 0) await tell(transaction, told);
        return result;
      },
      until,
    );
  }

  async #write<Result>(work: (database: PrismaClient, until: number) => Promise<Result>): Promise<Result> {
    try {
      return await this.#inTurn((until) => work(this.#database, until));
    } catch (error) {
      if (this.dialect.storageFaultOf(error)) this.#inDoubt = true;
      return this.#rethrow(error);
    }
  }

  /** Tries whether something can be stored: by a transaction without a write, until one has failed. @returns why not */
  async fault(): Promise<StorageFault | undefined> {
    const database = this.#database;
    try {
      await this.#inTurn(() =>
        this.#inDoubt ? this.dialect.tryRoom(database) : database.$transaction(async () => undefined),
      );
      this.#inDoubt = false;
      return undefined;
    } catch (error) {
      const advice = (error as Error).message;
      return (
        this.dialect.storageFaultOf(error) ?? {
          reason: 'the database does not answer',
          remedy: 'ask again later',
          advice,
        }
      );
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#database.$disconnect();
  }

  #inTurn<Result>(work: (until: number) => Promise<Result>): Promise<Result> {
    const until = performance.now() + this.#patience;
    const { oneWriter, passes } = this.dialect;
    const begin = () => patiently(() => work(until), until, passes);
    const result = oneWriter ? this.#writing.then(begin) : begin();
    const over = result.then(
      () => undefined,
      () => undefined,
    );
    this.#writing = oneWriter ? over : Promise.all([this.#writing, over]);
    return result;
  }

  /** @throws TributaryError OVER_CAPACITY where the storage fails, which passes or can be mended; otherwise the error itself */
  #rethrow(error: unknown): never {
    const fault = this.dialect.storageFaultOf(error);
    if (!fault) throw error;
    const message = `The server's database does not work: ${fault.reason}; ${fault.remedy}`;
    throw new TributaryError('OVER_CAPACITY', message, {}, { cause: error });
  }
}
