/**
 * Many rows by one statement, which takes two values however many rows there are: one JSON text, and the bytes of all of them
 * one after the other. Prisma's own `createMany` binds each value by itself, and takes more than ten times as long.
 */
import type { Cell, Transaction } from '../dialect.ts';

/** JSON of one statement, in characters, and its bytes: what is written at once is not copied whole more often than that. */
const mostAtOnce = 4_000_000;

/** @param columns of the table, in the order of the cells of each row; in a column of bytes every cell is bytes */
export async function insertRows(
  transaction: Transaction,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  let place = 0;
  const values = first.map((cell) => {
    const value = `value ->> ${place++}`;
    if (!(cell instanceof Uint8Array)) return value;
    // SQLite takes no bytes at all for a null.
    return `coalesce(substr(?2, ${value}, value ->> ${place++}), x'')`;
  });
  const names = columns.map((column) => `"${column}"`).join(', ');
  const statement = `INSERT INTO "${table}" (${names}) SELECT ${values.join(', ')} FROM json_each(?1) WHERE ?2 IS NOT NULL`;
  for (let from = 0; from < rows.length; ) {
    const written = new Written();
    while (from < rows.length && written.size < mostAtOnce) written.add(rows[from++] as readonly Cell[]);
    await transaction.$executeRawUnsafe(statement, written.json, written.bytes);
  }
}

/** Rows of one statement. */
class Written {
  readonly #rows: string[] = [];
  /** The first byte is no row's: so there is one in any case, and places count from 1 as SQLite's do. */
  readonly #bytes: Uint8Array[] = [new Uint8Array(1)];
  #length = 1;
  #characters = 0;

  add(row: readonly Cell[]): void {
    const json = JSON.stringify(row.flatMap((cell) => this.#cell(cell)));
    this.#characters += json.length;
    this.#rows.push(json);
  }

  get size(): number {
    return this.#characters + this.#length;
  }

  get json(): string {
    return `[${this.#rows.join(',')}]`;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(Buffer.concat(this.#bytes, this.#length));
  }

  #cell(cell: Cell): readonly (string | number | boolean | null)[] {
    if (cell instanceof Uint8Array) {
      const place = [this.#length + 1, cell.byteLength];
      this.#bytes.push(cell);
      this.#length += cell.byteLength;
      return place;
    }
    if (cell instanceof Date) return [storedMoment(cell)];
    return [typeof cell === 'string' ? cell.toWellFormed() : cell];
  }
}

/** A moment as Prisma stores it, and compares it with others. */
export function storedMoment(date: Date): string {
  return date.toISOString().replace('Z', '+00:00');
}
