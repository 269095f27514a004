/** Files in the memory that the system keeps of disks, and out of it. */
import { execFile } from 'node:child_process';
import { glob, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Reads all weights of a checkpoint, so that they are in the page cache as far as it has room. */
export async function warm(folder: string): Promise<void> {
  const buffer = Buffer.alloc(1 << 24);
  for await (const name of glob('*.safetensors', { cwd: folder })) {
    await using file = await open(join(folder, name));
    while ((await file.read(buffer)).bytesRead > 0);
  }
}

/**
 * Has the system forget a checkpoint's weights, as if they had not been read for long. Node has no posix_fadvise; GNU dd
 * calls it for a file of which it copies nothing.
 * @returns why that cannot be done here; undefined where it was
 */
export async function evict(folder: string): Promise<string | undefined> {
  for await (const name of glob('*.safetensors', { cwd: folder })) {
    const file = join(folder, name);
    try {
      await using written = await open(file, 'r+');
      // What is not on the disk yet stays.
      await written.datasync();
      await promisify(execFile)('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
    } catch {
      return 'files can be taken out of the page cache by GNU dd alone, of a folder that can be written';
    }
  }
  return undefined;
}
