/**
 * Many rows by one statement, which takes two values however many rows there are: one JSON text, and the bytes of all of them
 * one after the other.
 */
import type { Cell, Transaction } from '../dialect.ts';

/** JSON of one statement, in characters, and its bytes. */
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
  const values = columns.map((column, place) =>
    first[place] instanceof Uint8Array
      ? `substring($2::bytea FROM (cells ->> '${column} from')::integer FOR (cells ->> '${column} for')::integer)`
      : `r."${column}"`,
  );
  const hasBytes = first.some((cell) => cell instanceof Uint8Array);
  const names = columns.map((column) => `"${column}"`).join(', ');
  const statement = `INSERT INTO "${table}" (${names}) SELECT ${values.join(', ')}
    FROM json_array_elements($1::json) AS cells, json_populate_record(NULL::"${table}", cells) r`;
  for (let from = 0; from < rows.length; ) {
    const written = new Written(columns);
    while (from < rows.length && written.size < mostAtOnce) written.add(rows[from++] as readonly Cell[]);
    // No more values than the statement names.
    await transaction.$executeRawUnsafe(statement, written.json, ...(hasBytes ? [written.bytes] : []));
  }
}

/** Rows of one statement. */
class Written {
  readonly #columns: readonly string[];
  readonly #rows: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  #length = 0;
  #characters = 0;

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  add(cells: readonly Cell[]): void {
    const json = JSON.stringify(Object.fromEntries(cells.flatMap((cell, place) => this.#entries(place, cell))));
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

  #entries(place: number, cell: Cell): readonly (readonly [string, string | number | boolean | null])[] {
    const column = this.#columns[place] as string;
    if (cell instanceof Uint8Array) {
      // Places count from 1, as PostgreSQL's do.
      const from = this.#length + 1;
      this.#bytes.push(cell);
      this.#length += cell.byteLength;
      return [
        [`${column} from`, from],
        [`${column} for`, cell.byteLength],
      ];
    }
    if (cell instanceof Date) return [[column, cell.toISOString()]];
    return [[column, typeof cell === 'string' ? storable(cell) : cell]];
  }
}

/** PostgreSQL has no text with NUL in it, nor with half a character. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
