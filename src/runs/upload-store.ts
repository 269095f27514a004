/** Files of rows that were sent, for sweeps to take them from. */
import { randomUUID } from 'node:crypto';
import { inputError } from '../errors.ts';
import { type Access, everybody, ownedBy } from './access.ts';
import type { Prisma } from './generated/client.ts';
import type { Transactions } from './transactions.ts';

export interface UploadRecord {
  readonly id: string;
  /** As of a run. */
  readonly owner: string;
  /** As its sender calls it. */
  readonly name: string;
  readonly bytes: number;
  readonly rowCount: number;
  /** Of all rows, in the order in which they come first. */
  readonly columns: readonly string[];
  readonly createdAt: Date;
}

/** Column → text; a column that has no value in this row is not there. */
export type UploadedRow = Readonly<Record<string, string>>;

/** What is written in one transaction: rows, and characters of them, at the least. */
const chunk = { rows: 500, characters: 1_000_000 };

/** Rows that are read at once: each may be long. */
const page = 100;

export class UploadStore {
  readonly #transactions: Transactions;
  readonly #now: () => Date;
  /** When each was last asked for, of those that were since the start. */
  readonly #asked = new Map<string, Date>();

  /** @param now the clock */
  constructor(transactions: Transactions, now: () => Date) {
    this.#transactions = transactions;
    this.#now = now;
  }

  /**
   * Stores rows as they come in. Nobody finds them before the last is there; where they end by an error, nothing stays.
   * @param owner as of a run
   * @param bytes how many they were, once the last has come
   * @throws TributaryError INPUT where there are none; otherwise as `rows`
   */
  async add(name: string, rows: AsyncIterable<UploadedRow>, bytes: () => number, owner = ''): Promise<UploadRecord> {
    const id = randomUUID();
    const createdAt = this.#now();
    const begun = { id, owner, name, bytes: 0, rowCount: 0, columns: '[]', createdAt };
    await this.#transactions.writeOne((database) => database.upload.createMany({ data: [begun] }));
    try {
      const columns = new Set<string>();
      let rowCount = 0;
      for await (const some of chunks(rows)) {
        for (const row of some) for (const column of Object.keys(row)) columns.add(column);
        const from = rowCount;
        const data = some.map((row, place) => ({ uploadId: id, index: from + place, values: JSON.stringify(row) }));
        await this.#transactions.writeOne((database) => database.uploadRow.createMany({ data }));
        rowCount += some.length;
      }
      if (rowCount === 0) throw inputError('body', 'The file has no rows; send one at the least');
      const stored = { bytes: bytes(), rowCount, columns: JSON.stringify([...columns]) };
      await this.#transactions.writeOne((database) =>
        database.upload.updateMany({ where: { id }, data: { ...stored, storedAt: this.#now() } }),
      );
      return { id, owner, name, createdAt, ...stored, columns: [...columns] };
    } catch (error) {
      // Where that is not possible either, the next start of the server does it.
      await this.#drop(id).catch(() => undefined);
      throw error;
    }
  }

  /** One that is asked for is kept for another day. */
  async find(id: string, access: Access = everybody): Promise<UploadRecord | undefined> {
    const where = { id, storedAt: { not: null }, ...ownedBy(access) };
    const row = await this.#transactions.read((database) => database.upload.findUnique({ where }));
    if (row) this.#asked.set(id, this.#now());
    return row ? uploadRecord(row) : undefined;
  }

  /** All rows of an upload, in order, read as they are needed. @throws Error where it was dropped meanwhile */
  async *rows({ id, rowCount }: Pick<UploadRecord, 'id' | 'rowCount'>): AsyncGenerator<UploadedRow, void> {
    for (let from = 0; from < rowCount; from += page) {
      const rows = await this.#transactions.read((database) =>
        database.uploadRow.findMany({
          where: { uploadId: id, index: { gte: from, lt: from + page } },
          orderBy: { index: 'asc' },
        }),
      );
      if (rows.length < Math.min(page, rowCount - from)) throw new Error(`The upload ${id} has lost rows`);
      for (const { values } of rows) yield JSON.parse(values) as UploadedRow;
    }
  }

  /** Drops those that were sent, and last asked for, before a moment. @returns how many */
  async dropUnused(before: Date): Promise<number> {
    const old = await this.#transactions.read((database) =>
      database.upload.findMany({ where: { createdAt: { lt: before }, storedAt: { not: null } }, select: { id: true } }),
    );
    const unused = old.filter(({ id }) => (this.#asked.get(id) ?? before) <= before);
    for (const { id } of unused) await this.#drop(id);
    return unused.length;
  }

  /** Drops those that a server which is gone had begun to store. */
  async dropUnfinished(): Promise<void> {
    const begun = await this.#transactions.read((database) =>
      database.upload.findMany({ where: { storedAt: null }, select: { id: true } }),
    );
    for (const { id } of begun) await this.#drop(id);
  }

  /** Not at once: other writes go between. */
  async #drop(id: string): Promise<void> {
    this.#asked.delete(id);
    await this.#transactions.writeOne((database) =>
      database.upload.updateMany({ where: { id }, data: { storedAt: null } }),
    );
    let from = 0;
    for (;;) {
      const some = { uploadId: id, index: { gte: from, lt: from + 10 * chunk.rows } };
      const { count } = await this.#transactions.writeOne((database) => database.uploadRow.deleteMany({ where: some }));
      if (count === 0) break;
      from += 10 * chunk.rows;
    }
    await this.#transactions.writeOne((database) => database.upload.deleteMany({ where: { id } }));
  }
}

async function* chunks(rows: AsyncIterable<UploadedRow>): AsyncGenerator<UploadedRow[], void> {
  let some: UploadedRow[] = [];
  let characters = 0;
  for await (const row of rows) {
    some.push(row);
    for (const value of Object.values(row)) characters += value.length;
    if (some.length < chunk.rows && characters < chunk.characters) continue;
    yield some;
    [some, characters] = [[], 0];
  }
  if (some.length > 0) yield some;
}

function uploadRecord({ columns, storedAt: _, ...row }: Prisma.UploadGetPayload<object>): UploadRecord {
  return { ...row, columns: JSON.parse(columns) as string[] };
}
