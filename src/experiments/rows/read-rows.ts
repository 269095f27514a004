import { csvRows } from './csv.ts';
import type { RowFormat } from './format.ts';
import { jsonlRows } from './jsonl.ts';
import { parquetRows } from './parquet.ts';
import type { FileRow, RowLimits } from './row-check.ts';

const readers = { JSONL: jsonlRows, CSV: csvRows, PARQUET: parquetRows } as const satisfies Record<RowFormat, unknown>;

/** The rows of a file, as it comes in. @throws TributaryError INPUT that says which line or row is wrong */
export function readRows(
  format: RowFormat,
  bytes: AsyncIterable<Uint8Array>,
  limits: RowLimits,
): AsyncGenerator<FileRow, void> {
  return readers[format](bytes, limits);
}
