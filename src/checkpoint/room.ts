import { statfs } from 'node:fs/promises';
import { TributaryError } from '../errors.ts';

/** @param bytes that are going to be written into the folder @throws TributaryError CHECKPOINT when its disk has fewer left */
export async function expectRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes > bavail * bsize)
    throw new TributaryError(
      'CHECKPOINT',
      `${folder} needs ${gigabytes(bytes)} more; its disk has ${gigabytes(bavail * bsize)} left`,
    );
}
