/** For tests: a disk of their own that can be full, and have room again. */
import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface MountedDisk extends AsyncDisposable {
  /** Takes all room that there is. What had room before may find some yet, so it may have to be called again. */
  fill(): Promise<void>;
  empty(): Promise<void>;
}

/** A file system in memory at this folder. @param size in bytes @returns undefined where none may be mounted */
export async function mountDisk(folder: string, size: number): Promise<MountedDisk | undefined> {
  await mkdir(folder, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  } catch {
    return undefined;
  }
  const ballast = join(folder, 'ballast');
  return {
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
      await run('umount', ['-l', folder]);
    },
  };
}
