/** What a checkpoint is, whatever its folder is called: a hash of its configuration, tokenizer and weights. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { weightFiles } from './weights.ts';

/** SHA-256 of files, by real path, size and time of change: gigabytes are read once. */
const digests = new Map<string, string>();

/** Hex SHA-256 over the digests of every file that answers depend on. */
export async function checkpointRevision(folder: string, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
  const texts = await Promise.all(
    ['config.json', 'tokenizer.json', 'tokenizer_config.json'].map((name) => existing(join(folder, name))),
  );
  const files = [...texts.filter((file) => file !== undefined), ...(await weightFiles(folder))];
  const revision = createHash('sha256');
  for (const file of files) revision.update(await digestOf(file, signal));
  return revision.digest('hex');
}

async function digestOf(file: string, signal: AbortSignal | undefined): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const key = `${file}\n${size}\n${mtimeMs}`;
  const known = digests.get(key);
  if (known) return known;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { ...(signal && { signal }) });
  const digest = hash.digest('hex');
  digests.set(key, digest);
  return digest;
}

function existing(file: string): Promise<string | undefined> {
  return realpath(file).catch(() => undefined);
}
