/** What one database says, and does, otherwise than another. All else is said in the same words. */
import type { Prisma, PrismaClient } from './generated/client.ts';
import type { StorageFault } from './storage-fault.ts';

export type Transaction = Prisma.TransactionClient;

/** What stands in a row. */
export type Cell = string | number | boolean | null | Date | Uint8Array;

/** What a database takes of the disk. */
export interface FileSize {
  readonly bytes: number;
  /** Of these what was deleted since, which is filled before more is taken. */
  readonly freeBytes: number;
}

export interface OpenedStore {
  readonly database: PrismaClient;
  readonly dialect: Dialect;
  close(): Promise<void>;
}

/** How a cell of a list is read: see `Dialect.cell`. */
export type CellType = 'text' | 'integer' | 'boolean';

export interface Dialect {
  /** Whether there is one writer, so that one write waits for the other; else several are under way at once. */
  readonly oneWriter: boolean;
  /** Behind a query for rows that nobody else may change before the transaction ends. */
  readonly forUpdate: Prisma.Sql;

  /**
   * In a transaction: all of it or nothing.
   * @param until milliseconds of `performance.now()` until which a database that has gone is asked what has become of it
   * @throws only where nothing of it is stored, or where nobody can tell: then not so that it passes
   */
  transact<Result>(
    database: PrismaClient,
    work: (transaction: Transaction) => Promise<Result>,
    until: number,
  ): Promise<Result>;
  /** Whether what has failed so, at this attempt, from 1, has done nothing and may succeed when it is done again. */
  passes(error: unknown, attempt: number): boolean;
  /** @returns undefined for an error of another kind */
  storageFaultOf(error: unknown): StorageFault | undefined;
  /** Stores and removes as much as a large answer takes. @throws what a write would */
  tryRoom(database: PrismaClient): Promise<void>;
  fileSize(database: Pick<PrismaClient, '$queryRaw'>): Promise<FileSize>;
  /** What the database finds wrong with itself; empty where nothing is. */
  faults(database: PrismaClient): Promise<string[]>;

  /**
   * Many rows by few statements.
   * @param columns of the table, in the order of the cells of each row; in a column of bytes every cell is bytes
   */
  insertRows(
    transaction: Transaction,
    table: string,
    columns: readonly string[],
    rows: readonly (readonly Cell[])[],
  ): Promise<void>;

  /** The values of a column of a query's rows, as one JSON text. */
  list(column: string): Prisma.Sql;
  /** Rows of a query as one JSON text: a list of objects of these columns. */
  objects(columns: readonly string[]): Prisma.Sql;
  /** Texts of a JSON list, as rows of a query. */
  texts(json: string): Prisma.Sql;
  /** A JSON list of lists, as a table of rows `listed`: see `cell`. */
  listed(json: string): Prisma.Sql;
  /** What stands at a place in a row of `listed`. */
  cell(place: number, type?: CellType): Prisma.Sql;
  /** Ids of a query that depends on the table before it, as a table `f` with a column `value`. */
  each(query: Prisma.Sql): Prisma.Sql;
  /** A moment in UTC, as a query compares it with others, or stores it. */
  moment(date: Date): Prisma.Sql;
  /** A column of moments as text in UTC. */
  momentText(column: string): Prisma.Sql;
  /** Is the method of a run `r` that of a row of the tally `t`, where it is empty if there is none? */
  readonly sameMethod: Prisma.Sql;
  /** Does a column of texts contain a text? */
  contains(column: string, text: string): Prisma.Sql;
  /** Marks of the runs whose prompts have these letters in a row: a query with a column `mark`. */
  marked(trigrams: readonly string[], limit: number): Prisma.Sql;
  /** Runs `r` of these marks, a JSON list: what stands behind FROM, up to and with a condition. */
  ofMarks(marks: string): Prisma.Sql;
}
