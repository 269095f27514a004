/** A disk for a server's database that can be full, and have room again. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MountedDisk, mountDisk } from '../support/mounted-disk.ts';
import { ServerProcess } from '../support/server-process.ts';
import type { Stage } from './attack.ts';

const pageLimit = fileURLToPath(new URL('./page-limit.ts', import.meta.url));
/** Bytes. */
const size = 16 << 20;

/** The server's database lies there. */
export interface SmallDisk extends Stage, MountedDisk {
  readonly kind: string;
}

/** A file system in memory where this process may mount one; elsewhere SQLite itself refuses to grow its files. */
export async function smallDisk(): Promise<SmallDisk> {
  return (await mounted()) ?? limited();
}

async function mounted(): Promise<SmallDisk | undefined> {
  const server = await ServerProcess.prepare();
  const disk = await mountDisk(join(server.database, '..'), size);
  if (!disk) {
    await server[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    ...disk,
    server,
    kind: 'a tmpfs',
    async [Symbol.asyncDispose]() {
      await server.kill();
      await disk[Symbol.asyncDispose]();
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
