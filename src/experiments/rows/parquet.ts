/**
 * Parquet files. What they say of their own sizes may be false, and decoding then takes all memory that there is: they are read
 * in a process of their own, with a limit. A thread would not do: one that runs out of memory ends the server with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { FromParquetProcess } from './parquet-process.ts';
import { type FileRow, fileError, type RowLimits } from './row-check.ts';

const main = fileURLToPath(new URL('./parquet-process.ts', import.meta.url));

/** Megabytes of the process's values. */
const memory = 512;

/** Milliseconds that it may take for the next rows. */
const patience = 60_000;

/** The end of a file says what is in it: it is kept on the disk until it is read. @throws TributaryError INPUT, by the row */
export async function* parquetRows(bytes: AsyncIterable<Uint8Array>, limits: RowLimits): AsyncGenerator<FileRow, void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-rows-'));
  try {
    const path = join(folder, 'rows.parquet');
    await pipeline(bytes, createWriteStream(path));
    yield* read(path, limits);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* read(path: string, limits: RowLimits): AsyncGenerator<FileRow, void> {
  const child = fork(main, [path, JSON.stringify(limits)], {
    // Not watched: it would tell of its files in the place of rows.
    env: { ...process.env, WATCH_REPORT_DEPENDENCIES: undefined },
    execArgv: [`--max-old-space-size=${memory}`],
    // What Node writes of a process that has run out of memory is nobody's concern.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    for (;;) {
      const told = await next(child);
      if ('fault' in told) throw fileError(told.fault);
      if ('end' in told) return;
      yield* told.rows;
    }
  } finally {
    child.kill('SIGKILL');
  }
}

async function next(child: ChildProcess): Promise<FromParquetProcess> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(patience)]);
  const told = once(child, 'message', { signal }).then(([message]) => message as FromParquetProcess);
  const ended = once(child, 'exit', { signal }).then(() => ({
    fault: `The Parquet file cannot be read, or takes more than ${memory} MB to read; smaller row groups take less`,
  }));
  const late = {
    fault: `The Parquet file takes more than ${patience / 1000} seconds to read; smaller row groups take less`,
  };
  try {
    // That it has ended by now is told by `exit`.
    child.send('next', () => undefined);
    return await Promise.race([told, ended]);
  } catch (error) {
    if ((error as Error).name === 'AbortError') return late;
    throw error;
  } finally {
    over.abort();
    await Promise.allSettled([told, ended]);
  }
}
