/** Values separated by commas (RFC 4180), names of columns in the first line. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { decoded } from './decoded.ts';
import { type FileRow, fileError, longestRecord, RowCheck, type RowLimits } from './row-check.ts';

interface CsvRecord {
  readonly record: readonly string[];
  /** Of its last line, from 1. */
  readonly info: { readonly lines: number };
}

/** @throws TributaryError INPUT, by the line */
export async function* csvRows(bytes: AsyncIterable<Uint8Array>, limits: RowLimits): AsyncGenerator<FileRow, void> {
  const check = new RowCheck(limits);
  let columns: readonly string[] | undefined;
  for await (const { record, info } of recordsOf(bytes)) {
    const place = `Line ${info.lines}`;
    if (!columns) {
      columns = namesIn(place, record, check);
      continue;
    }
    if (record.length !== columns.length)
      throw fileError(
        `${place}: it has ${record.length} values, and the first line ${columns.length} names; a value with a comma stands in double quotes`,
      );
    yield check.row(
      place,
      columns.map((name, index) => [name, record[index]] as const),
    );
  }
}

async function* recordsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord, void> {
  const parser = parse({
    info: true,
    // Told with the names of the columns in view.
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRecord,
  });
  const reading = pipeline(Readable.from(decoded(bytes)), parser);
  // Its failure is the parser's, which whoever reads that is told.
  reading.catch(() => undefined);
  try {
    for await (const record of parser) yield record as CsvRecord;
  } catch (error) {
    if (error instanceof CsvError) throw fileError(`It is no CSV that can be read. ${error.message}`);
    throw error;
  }
}

function namesIn(place: string, names: readonly string[], check: RowCheck): readonly string[] {
  for (const [index, name] of names.entries()) {
    check.column(place, name);
    if (names.indexOf(name) !== index)
      throw fileError(`${place}: two columns have the name ${JSON.stringify(name)}; give each its own`);
  }
  return names;
}
