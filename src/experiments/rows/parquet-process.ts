/** The process that reads a Parquet file: told `next`, it tells rows, or that there are no more, or what is wrong. */
import { type FileHandle, open } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { TributaryError } from '../../errors.ts';
import { type FileRow, fileError, RowCheck, type RowLimits } from './row-check.ts';

export type FromParquetProcess =
  | { readonly rows: readonly FileRow[] }
  | { readonly end: true }
  | { readonly fault: string };

/** Rows of a message. */
const together = 500;

/** None gives more than the page says that it has. */
const compressors: Compressors = {
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: length }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: length }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: length }),
};

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const parsers = { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && strict.decode(bytes) };

const [path = '', limits = ''] = process.argv.slice(2);
const rows = rowsIn(path, new RowCheck(JSON.parse(limits) as RowLimits));
process.on('message', async () => process.send?.(await told()));

async function told(): Promise<FromParquetProcess> {
  try {
    const { value, done } = await rows.next();
    return done ? { end: true } : { rows: value };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof TributaryError) return { fault: message };
    return { fault: `The Parquet file cannot be read: ${message}` };
  }
}

async function* rowsIn(path: string, check: RowCheck): AsyncGenerator<readonly FileRow[], void> {
  await using handle = await open(path);
  const file = await bufferOf(handle);
  const metadata = await parquetMetadataAsync(file);
  requireFlat(metadata, check);
  let start = 0;
  for (const { num_rows } of metadata.row_groups) {
    const end = start + Number(num_rows);
    // Before any of them is decoded.
    check.requireRows(end);
    const group = await parquetReadObjects({ file, metadata, compressors, parsers, rowStart: start, rowEnd: end });
    for (let from = 0; from < group.length; from += together)
      yield group
        .slice(from, from + together)
        .map((row, index) => check.row(`Row ${start + from + index + 1}`, Object.entries(row)));
    start = end;
  }
}

/** @throws TributaryError INPUT for columns of lists and structures, and those of wrong names */
function requireFlat({ schema }: FileMetaData, check: RowCheck): void {
  for (const { name, num_children, repetition_type } of schema.slice(1)) {
    if (num_children || repetition_type === 'REPEATED')
      throw fileError(
        `The column ${JSON.stringify(name)} has lists or structures; columns are texts or numbers: leave it out`,
      );
    check.column('The first row', name);
  }
}

async function bufferOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size: byteLength } = await handle.stat();
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const [from, to] = [Math.max(start, 0), Math.min(end, byteLength)];
      const bytes = new Uint8Array(Math.max(to - from, 0));
      await handle.read(bytes, 0, bytes.length, from);
      return bytes.buffer;
    },
  };
}
