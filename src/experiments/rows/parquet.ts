/**
 * Parquet files. What they say of their own sizes may be false, and then decoding takes all memory that there is: they are read
 * in a thread of their own, with limits, whose end is not the server's.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import type { FromParquetThread, ParquetThreadData } from './parquet-thread.ts';
import { type FileRow, fileError, type RowLimits } from './row-check.ts';

/** Megabytes of the thread's values. */
const memory = 1024;

/** Milliseconds that it may take for the next rows. */
const patience = 60_000;

/** The end of a file says what is in it: it is kept on the disk until it is read. @throws TributaryError INPUT, by the row */
export async function* parquetRows(bytes: AsyncIterable<Uint8Array>, limits: RowLimits): AsyncGenerator<FileRow, void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-rows-'));
  try {
    const path = join(folder, 'rows.parquet');
    await pipeline(bytes, createWriteStream(path));
    yield* read({ path, limits });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* read(workerData: ParquetThreadData): AsyncGenerator<FileRow, void> {
  const thread = new Worker(new URL('./parquet-thread.ts', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: memory },
  });
  try {
    for (;;) {
      const told = await next(thread);
      if ('fault' in told) throw fileError(told.fault);
      if ('end' in told) return;
      yield* told.rows;
    }
  } finally {
    await thread.terminate();
  }
}

async function next(thread: Worker): Promise<FromParquetThread> {
  thread.postMessage('next');
  try {
    const [told] = await once(thread, 'message', { signal: AbortSignal.timeout(patience) });
    return told as FromParquetThread;
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_WORKER_OUT_OF_MEMORY')
      throw fileError(`The Parquet file takes more than ${memory} MB to read; write it in smaller row groups`);
    if (name === 'AbortError')
      throw fileError(
        `The Parquet file takes more than ${patience / 1000} seconds to read; write it in smaller row groups`,
      );
    // What nobody there was waiting for: a read that failed beside another one.
    throw fileError(`The Parquet file cannot be read: ${message}`);
  }
}
