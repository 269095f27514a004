/** What a row of a file may be, whatever the file is. */
import { inputError, type TributaryError } from '../../errors.ts';
import { mostSlots, nameFault } from '../sweeps/slots.ts';

/** Column → text. A column that has no value in this row is not there. */
export type FileRow = Readonly<Record<string, string>>;

/** Characters of one value. */
export const longestValue = 100_000;

/** Characters of a row, and of a line of JSONL; bytes of a record of CSV. */
export const longestRecord = 1_000_000;

/** How much is read of one file. */
export interface RowLimits {
  readonly rows: number;
  /** Characters of all values together: few bytes of Parquet may hold many. */
  readonly characters: number;
}

/** What is wrong with a file that was sent. */
export function fileError(message: string): TributaryError {
  return inputError('body', message);
}

/** Rows of one file, as they are read. */
export class RowCheck {
  readonly #limits: RowLimits;
  readonly #columns = new Set<string>();
  #rows = 0;
  #characters = 0;

  constructor(limits: RowLimits) {
    this.#limits = limits;
  }

  /**
   * @param place of the row in the file, as a message begins: `Line 3`
   * @throws TributaryError INPUT for more rows or characters than are read, a column too many or of a wrong name, and a value that is no text or number
   */
  row(place: string, entries: Iterable<readonly [name: string, value: unknown]>): FileRow {
    this.requireRows(++this.#rows);
    const row: [string, string][] = [];
    let length = 0;
    for (const [name, value] of entries) {
      this.column(place, name);
      const text = textOf(`${place}, column ${JSON.stringify(name)}`, value);
      if (text === undefined) continue;
      row.push([name, text]);
      length += text.length;
    }
    if (length > longestRecord)
      throw fileError(`${place}: its values have ${length} characters; those of a row have at most ${longestRecord}`);
    this.#characters += length;
    const { characters } = this.#limits;
    if (this.#characters > characters)
      throw fileError(
        `${place}: the values up to here have more than ${characters} characters; send a part of the file`,
      );
    return Object.fromEntries(row);
  }

  /** @throws TributaryError INPUT where a file has more rows than are read */
  requireRows(count: number): void {
    const { rows } = this.#limits;
    if (count > rows) throw fileError(`The file has more than ${rows} rows, the most of a sweep; send a part of it`);
  }

  /** @throws TributaryError INPUT for a column too many or of a wrong name */
  column(place: string, name: string): void {
    if (this.#columns.has(name)) return;
    const fault = nameFault(name);
    if (fault) throw fileError(`${place}: the name of a column ${fault}`);
    if (this.#columns.add(name).size > mostSlots)
      throw fileError(`${place}: the file has more than ${mostSlots} columns; leave out those that no prompt needs`);
  }
}

/** @returns undefined where there is no value */
function textOf(place: string, value: unknown): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'string':
      if (value.length > longestValue)
        throw fileError(`${place}: the value has ${value.length} characters; at most ${longestValue} are read`);
      return value;
    case 'bigint':
    case 'number':
      return String(value);
    default:
      if (value === null) return undefined;
      throw fileError(
        `${place}: a value is a text or a number, not ${kindOf(value)}; write it as a text, or leave it out`,
      );
  }
}

function kindOf(value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return 'a date';
  return Array.isArray(value) ? 'a list' : 'an object';
}
