/** Which tokens end an answer, by the checkpoint's own configuration. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Config, readConfig, readJsonObject } from './config.ts';
import { ifThere } from './unreadable.ts';

const file = 'generation_config.json';
const id = z.int();
const schema = z.object({ eos_token_id: z.union([id, z.array(id)]).nullish() });

/**
 * Of `generation_config.json` where there is one that names any, otherwise of `config.json`; ascending, each once.
 * @throws TributaryError CHECKPOINT where they are no ids
 */
export async function endTokensOf(folder: string, config: Config): Promise<number[]> {
  const path = join(folder, file);
  const isThere = await ifThere(path, (file) => stat(file));
  const generation = isThere && (await readJsonObject(path));
  const named = generation && readConfig(generation, schema, file).eos_token_id;
  const ids = named ?? readConfig(config, schema, 'config.json').eos_token_id ?? [];
  // A negative one stands for none.
  return [...new Set([ids].flat())].filter((id) => id >= 0).sort((a, b) => a - b);
}
