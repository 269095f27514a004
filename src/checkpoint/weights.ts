/** The weights of a checkpoint, in one file or in shards. */
import { readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readConfig, readJsonObject } from './config.ts';
import { faulty } from './faulty.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import type { TensorEntry } from './types.ts';
import { ifThere, unreadable } from './unreadable.ts';

const single = 'model.safetensors';
const index = 'model.safetensors.index.json';

const indexSchema = z.object({
  weight_map: z.record(
    z.string(),
    z
      .string()
      .refine(
        (name) => name === basename(name) && name.endsWith('.safetensors'),
        'a shard must be a safetensors file beside its index',
      ),
  ),
});

/**
 * The weight files of a checkpoint's folder, in the order of their names.
 * @returns real paths by name: the hub's cache keeps links to files elsewhere
 * @throws TributaryError CHECKPOINT when there are none, or others than safetensors, or a shard is missing
 */
export async function weightFiles(folder: string): Promise<Map<string, string>> {
  return (await locate(folder)).files;
}

/**
 * Every tensor of a checkpoint, by name.
 * @throws TributaryError CHECKPOINT, see `weightFiles` and `readSafetensorsHeader`; also when shards and index disagree
 */
export async function readWeights(folder: string): Promise<Map<string, TensorEntry>> {
  const { files, shardOf } = await locate(folder);
  const shards = await Promise.all(
    [...files].map(async ([name, file]) => ({ name, file, header: await readSafetensorsHeader(file) })),
  );
  const tensors = new Map<string, TensorEntry>();
  for (const { file, header } of shards) {
    for (const entry of header.tensors) {
      const twice = tensors.get(entry.name);
      if (twice) throw faulty(file, `holds tensor ${entry.name}, which is in ${basename(twice.file)} too`);
      tensors.set(entry.name, entry);
    }
  }
  const held = new Map(
    shards.map(({ name, header }) => [
      name,
      new Set([...header.tensors.map((entry) => entry.name), ...header.buffers]),
    ]),
  );
  const missing = [...shardOf].filter(([tensor, shard]) => !held.get(shard)?.has(tensor));
  if (missing.length > 0) {
    const shown = missing.slice(0, 5).map(([tensor, shard]) => `${tensor} in ${shard}`);
    const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
    throw faulty(index, `lists tensors that are not there: ${shown.join(', ')}${more}`);
  }
  return tensors;
}

/** Names of the shards that an index lists, in order. @throws TributaryError CHECKPOINT */
export async function shardNames(file: string): Promise<string[]> {
  return [...new Set((await readIndex(file)).values())].sort();
}

/** Shards by the names of their tensors. */
async function readIndex(file: string): Promise<Map<string, string>> {
  return new Map(Object.entries(readConfig(await readJsonObject(file), indexSchema, index).weight_map));
}

/** Weight files by name, and the file that each tensor should be in as far as an index says so. */
async function locate(folder: string): Promise<{ files: Map<string, string>; shardOf: ReadonlyMap<string, string> }> {
  const present = await readdir(folder).catch((error: Error) => {
    throw unreadable(folder, error, 'cannot be listed');
  });
  if (present.includes(single)) {
    return { files: new Map([[single, await realFile(folder, single, folder)]]), shardOf: new Map() };
  }
  if (!present.includes(index)) throw faulty(folder, withoutSafetensors(present));
  const file = join(folder, index);
  const shardOf = await readIndex(file);
  const files = new Map<string, string>();
  for (const shard of new Set([...shardOf.values()].sort())) files.set(shard, await realFile(folder, shard, file));
  return { files, shardOf };
}

async function realFile(folder: string, name: string, listedBy: string): Promise<string> {
  const real = await ifThere(join(folder, name), (path) => realpath(path));
  if (real === undefined) throw faulty(listedBy, `lists ${name}, which is missing`);
  return real;
}

function withoutSafetensors(present: readonly string[]): string {
  const pickled = present.find((name) => /^pytorch_model.*\.bin(\.index\.json)?$/.test(name));
  if (pickled) {
    const convert = 'AutoModelForCausalLM.from_pretrained(folder).save_pretrained(folder, safe_serialization=True)';
    return `holds its weights as ${pickled} only, a format that can run code when it is read; write them as ${single} once with Python: ${convert}`;
  }
  const other = present.filter((name) => /\.(gguf|h5|msgpack|onnx|pt|bin|safetensors)$/.test(name));
  const instead = other.length > 0 ? ` (it holds ${other.slice(0, 3).join(', ')})` : '';
  return `holds no weights: ${single} or ${index} is missing${instead}`;
}
