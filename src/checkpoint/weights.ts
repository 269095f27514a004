/** The weights of a checkpoint, in one file or in shards. */
import { access, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { TributaryError } from '../errors.ts';
import { readConfig, readJsonObject } from './config.ts';
import { readSafetensors } from './safetensors.ts';
import type { TensorEntry } from './types.ts';

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

/** The weight files of a checkpoint's folder, by their real paths: the hub's cache keeps links to them. */
export async function weightFiles(folder: string): Promise<string[]> {
  if (await exists(join(folder, 'model.safetensors'))) return [await realpath(join(folder, 'model.safetensors'))];
  const index = join(folder, 'model.safetensors.index.json');
  if (await exists(index)) {
    const { weight_map } = await readIndex(index);
    return Promise.all([...new Set(Object.values(weight_map))].sort().map((shard) => realShard(folder, shard, index)));
  }
  if (await exists(join(folder, 'pytorch_model.bin'))) {
    throw new TributaryError(
      'CHECKPOINT',
      `${folder} holds its weights as pytorch_model.bin only, which can run code when it is read; save it as model.safetensors (transformers: save_pretrained)`,
    );
  }
  throw new TributaryError(
    'CHECKPOINT',
    `${folder} holds no weights: model.safetensors or model.safetensors.index.json is missing`,
  );
}

/**
 * Every tensor of a checkpoint, by name.
 * @throws TributaryError CHECKPOINT, see `weightFiles` and `readSafetensors`; also when shards and index disagree
 */
export async function readWeights(folder: string): Promise<Map<string, TensorEntry>> {
  const tensors = new Map<string, TensorEntry>();
  for (const file of await weightFiles(folder)) {
    for (const entry of await readSafetensors(file)) {
      const twice = tensors.get(entry.name);
      if (twice) throw new TributaryError('CHECKPOINT', `tensor ${entry.name} is both in ${twice.file} and in ${file}`);
      tensors.set(entry.name, entry);
    }
  }
  const index = join(folder, 'model.safetensors.index.json');
  if (!(await exists(join(folder, 'model.safetensors')))) {
    const missing = Object.keys((await readIndex(index)).weight_map).filter((name) => !tensors.has(name));
    if (missing.length > 0)
      throw new TributaryError(
        'CHECKPOINT',
        `${index} lists tensors that no shard holds: ${missing.slice(0, 5).join(', ')}`,
      );
  }
  return tensors;
}

async function readIndex(index: string): Promise<z.infer<typeof indexSchema>> {
  return readConfig(await readJsonObject(index), indexSchema, index);
}

function realShard(folder: string, shard: string, index: string): Promise<string> {
  return realpath(join(folder, shard)).catch(() => {
    throw new TributaryError('CHECKPOINT', `${index} lists the shard ${shard}, which is missing`);
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
