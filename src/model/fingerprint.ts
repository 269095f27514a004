/** Tells whether a checkpoint on disk has changed since it was opened. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from '../checkpoint/unreadable.ts';

/** Names, sizes and times of the files that a model is read from. */
export async function fingerprintOf(folder: string): Promise<string> {
  const present = await readdir(folder).catch((error: Error) => {
    throw unreadable(folder, error, 'cannot be listed');
  });
  const files = present.filter((name) => name.endsWith('.json') || name.endsWith('.safetensors')).sort();
  const states = await Promise.all(files.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return files.map((name, index) => `${name}:${states[index]?.size}:${states[index]?.mtimeMs}`).join('\n');
}
