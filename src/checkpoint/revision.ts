/** What a checkpoint is, whatever its folder is called: a hash of its configuration, tokenizer and weights. */
import { createHash } from 'node:crypto';
import { open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { unlessAborted } from '../unless-aborted.ts';
import { hasChanged, type Snapshot, stateOf, statesIn, verifyUnchanged } from './fingerprint.ts';
import { noteDigest, notedDigest } from './noted-digests.ts';
import { ifThere, isUnreadable, unreadable } from './unreadable.ts';
import { weightFiles } from './weights.ts';

interface Digest {
  readonly state: string;
  readonly sha256: Promise<string>;
}

/** By real path: gigabytes are read once, however many ask at the same time. */
const digests = new Map<string, Digest>();

/**
 * Hex SHA-256 over the name and digest of every file that answers depend on.
 * @throws TributaryError CHECKPOINT when a file cannot be read or there are no weights, see `weightFiles`; when the files
 *   are others than those of the snapshot, though it were only for a moment
 */
export async function checkpointRevision(
  snapshot: Snapshot,
  { signal }: { signal?: AbortSignal } = {},
): Promise<string> {
  const { folder, fingerprint } = snapshot;
  const files = new Map<string, string>();
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    const file = await ifThere(join(folder, name), (path) => realpath(path));
    if (file !== undefined) files.set(name, file);
  }
  for (const [name, file] of await weightFiles(folder)) files.set(name, file);
  const states = statesIn(fingerprint);
  const revision = createHash('sha256');
  for (const [name, file] of files)
    revision.update(`${name} ${await digestOf(folder, name, file, states.get(name), signal)}\n`);
  await verifyUnchanged(snapshot);
  return revision.digest('hex');
}

/** @param file the real path of this name in the folder @param state undefined for a file that was not there */
async function digestOf(
  folder: string,
  name: string,
  file: string,
  state: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (state === undefined) throw hasChanged(file);
  for (;;) {
    signal?.throwIfAborted();
    const known = digests.get(file);
    if (known?.state !== state) {
      const digest = { state, sha256: notedOrHashed(folder, name, file, state, signal) };
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

async function notedOrHashed(
  folder: string,
  name: string,
  file: string,
  state: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const noted = await notedDigest(folder, name, state);
  if (noted !== undefined) return noted;
  const sha256 = await hash(file, state, signal);
  await noteDigest(folder, name, state, sha256);
  return sha256;
}

/** Hex, reading 1 MiB at a time, which occupies the thread for some milliseconds at most. */
async function hash(file: string, state: string, signal: AbortSignal | undefined): Promise<string> {
  const sha256 = createHash('sha256');
  try {
    await using handle = await open(file);
    const stream = handle.createReadStream({ highWaterMark: 1 << 20, autoClose: false });
    await pipeline(stream, sha256, { ...(signal && { signal }) });
    if (stateOf(await handle.stat({ bigint: true })) !== state) throw hasChanged(file);
  } catch (error) {
    throw isUnreadable(error) ? unreadable(file, error as Error) : error;
  }
  return sha256.digest('hex');
}
