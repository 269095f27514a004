/** What a checkpoint is, whatever its folder is called: a hash of its configuration, tokenizer and weights. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { unlessAborted } from '../unless-aborted.ts';
import { ifThere, isUnreadable, unreadable } from './unreadable.ts';
import { weightFiles } from './weights.ts';

interface Digest {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: Promise<string>;
}

/** By real path: gigabytes are read once, however many ask at the same time. */
const digests = new Map<string, Digest>();

/**
 * Hex SHA-256 over the name and digest of every file that answers depend on.
 * @throws TributaryError CHECKPOINT when a file cannot be read or there are no weights, see `weightFiles`
 */
export async function checkpointRevision(folder: string, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
  const files = new Map<string, string>();
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    const file = await ifThere(join(folder, name), (path) => realpath(path));
    if (file !== undefined) files.set(name, file);
  }
  for (const [name, file] of await weightFiles(folder)) files.set(name, file);
  const revision = createHash('sha256');
  for (const [name, file] of files) revision.update(`${name} ${await digestOf(file, signal)}\n`);
  return revision.digest('hex');
}

async function digestOf(file: string, signal: AbortSignal | undefined): Promise<string> {
  for (;;) {
    const { size, mtimeMs } = await stat(file).catch((error: Error) => {
      throw unreadable(file, error);
    });
    signal?.throwIfAborted();
    const known = digests.get(file);
    if (known?.size !== size || known.mtimeMs !== mtimeMs) {
      const digest = { size, mtimeMs, sha256: hash(file, signal) };
      digests.set(file, digest);
      digest.sha256.catch(() => digests.get(file) === digest && digests.delete(file));
      return digest.sha256;
    }
    try {
      return await unlessAborted(known.sha256, signal);
    } catch (error) {
      // Only another caller's signal has ended the reading: begin anew.
      if (signal?.aborted || (error as Error).name !== 'AbortError') throw error;
    }
  }
}

/** Hex, reading 1 MiB at a time, which occupies the thread for some milliseconds at most. */
async function hash(file: string, signal: AbortSignal | undefined): Promise<string> {
  const sha256 = createHash('sha256');
  try {
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), sha256, { ...(signal && { signal }) });
  } catch (error) {
    throw isUnreadable(error) ? unreadable(file, error as Error) : error;
  }
  return sha256.digest('hex');
}
