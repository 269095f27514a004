/** `config.json` of a checkpoint. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { TributaryError } from '../errors.ts';
import { faultOfJson, faulty } from './faulty.ts';
import { ifThere } from './unreadable.ts';

export type Config = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON file that must hold one object.
 * @throws TributaryError CHECKPOINT when the file is missing, unreadable, no JSON or no object
 */
export async function readJsonObject(file: string): Promise<Record<string, unknown>> {
  const text = await ifThere(file, (path) => readFile(path, 'utf8'));
  if (text === undefined) throw faulty(file, 'is missing');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw faulty(file, faultOfJson(error as Error));
  }
  if (!isJsonObject(value)) throw faulty(file, 'must hold a JSON object');
  return value;
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws TributaryError CHECKPOINT as `readJsonObject`, for a configuration without a model_type, and for quantised weights */
export async function readConfigFile(folder: string): Promise<Config> {
  const file = join(folder, 'config.json');
  const config = await readJsonObject(file);
  if (typeof config.model_type !== 'string') {
    throw faulty(file, 'names no model_type; Hugging Face configurations do, e.g. "model_type": "gpt2"');
  }
  const quantization = config.quantization_config;
  if (quantization !== undefined && quantization !== null) {
    const method = String((quantization as { quant_method?: unknown }).quant_method ?? 'of an unnamed kind');
    const right = 'use the checkpoint in float32, float16 or bfloat16';
    throw faulty(file, `asks for quantised weights (${method}), which are not supported; ${right}`);
  }
  return config;
}

/**
 * The keys of a configuration that a family reads.
 * @param file named in the message
 * @throws TributaryError CHECKPOINT listing every key that is missing or has a value that we do not do
 */
export function readConfig<Schema extends z.ZodType>(config: Config, schema: Schema, file: string): z.output<Schema> {
  const parsed = schema.safeParse(config, { reportInput: true });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message, input }) => {
    const key = path.join('.') || 'the whole';
    return input === undefined && path.length > 0 ? `${key} is missing` : `${key}: ${message}`;
  });
  throw new TributaryError('CHECKPOINT', `${file}: ${faults.join('; ')}`);
}
