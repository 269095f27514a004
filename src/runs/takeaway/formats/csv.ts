/** CSV (RFC 4180) of the tokens of runs: lines end with CR LF, numbers have all their digits. */
import { stringify } from 'csv-stringify/sync';
import { storedRuns } from '../export.ts';
import { columns, readingOfRows, type TokenRow, tokenRows } from '../token-rows.ts';
import type { Format } from './format.ts';

/**
 * What spreadsheets would take for a formula, with apostrophes before it or not: it gets one apostrophe more, which who reads it back
 * takes away, as in the files that the explorer writes. Prompts come from anywhere.
 */
const formula = /^'*[=+\-@\t\r]/;

const options = {
  record_delimiter: '\r\n',
  quoted_match: /^\s|\s$/,
  cast: {
    string: (value: string) => ({ value: formula.test(value) ? `'${value}` : value, quoted_empty: true }),
    boolean: String,
    date: (value: Date) => value.toISOString(),
  },
};

export const csv: Format = {
  ending: 'csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  description: 'a table with a row for each token',
  async *write(store, filter, { textsOf, signal, onRun }) {
    yield Buffer.from(`${columns.map(({ name }) => name).join(',')}\r\n`);
    for await (const stored of storedRuns(store, filter, { ...readingOfRows, signal })) {
      const rows = await Array.fromAsync(tokenRows(stored, textsOf));
      if (rows.length > 0) yield Buffer.from(stringify(rows.map(valuesOf), options));
      onRun?.(stored);
    }
  },
};

function valuesOf(row: TokenRow): TokenRow[keyof TokenRow][] {
  return columns.map(({ name }) => row[name]);
}
