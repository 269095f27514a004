/** Files that are there as a whole or not at all. */
import { lstat, open, rename, rm } from 'node:fs/promises';
import { TributaryError } from '../../errors.ts';

/**
 * @param write is given where to write; what it leaves there becomes the file once it is on the disk
 * @param force whether another file may give way to it
 * @throws TributaryError RUN_STATE where there is one
 */
export async function writeWhole(
  path: string,
  { force = false }: { readonly force?: boolean | undefined },
  write: (part: string) => Promise<void>,
): Promise<void> {
  if (!force && (await lstat(path).catch(() => undefined)))
    throw new TributaryError(
      'RUN_STATE',
      `${path} is there already; choose another name, or let it be replaced by --force`,
    );
  const part = `${path}.part`;
  // What a command left that was killed.
  await rm(part, { force: true });
  try {
    await write(part);
    const file = await open(part, 'r+');
    await file.sync();
    await file.close();
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}
