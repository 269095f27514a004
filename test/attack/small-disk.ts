/** A disk for a server's database that can be full, and have room again. */
import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ServerProcess } from '../support/server-process.ts';
import type { Stage } from './attack.ts';

const run = promisify(execFile);
const pageLimit = fileURLToPath(new URL('./page-limit.ts', import.meta.url));
/** Bytes. */
const size = 16 << 20;

/** The server's database lies there. */
export interface SmallDisk extends Stage {
  readonly kind: string;
  /** Takes all room that there is. What had room before may find some yet, so it may have to be called again. */
  fill(): Promise<void>;
  empty(): Promise<void>;
}

/** A file system in memory where this process may mount one; elsewhere SQLite itself refuses to grow its files. */
export async function smallDisk(): Promise<SmallDisk> {
  return (await mounted()) ?? limited();
}

async function mounted(): Promise<SmallDisk | undefined> {
  const server = await ServerProcess.prepare();
  const folder = join(server.database, '..');
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  } catch {
    await server[Symbol.asyncDispose]();
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  return {
    server,
    kind: 'a tmpfs',
    async fill() {
      await using file = await open(ballast, 'a');
      for (const bytes of [1 << 20, 1 << 12, 1]) {
        for (let room = true; room; ) {
          room = await file.write(Buffer.alloc(bytes)).then(
            () => true,
            () => false,
          );
        }
      }
    },
    empty: () => rm(ballast),
    async [Symbol.asyncDispose]() {
      await server.kill();
      await run('umount', [folder]);
      await server[Symbol.asyncDispose]();
    },
  };
}

async function limited(): Promise<SmallDisk> {
  const server = await ServerProcess.prepare({ flags: ['--import', pageLimit] });
  return {
    server,
    kind: "a limit on SQLite's pages",
    fill: async () => server.signal('SIGUSR2'),
    empty: async () => server.signal('SIGCONT'),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
