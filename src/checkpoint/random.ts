/** Checkpoints with random weights, the same ones for the same seed: to try out a shape, and to measure. */
import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorEntry } from './types.ts';

/** What a random tensor's values are like. */
export type Distribution =
  | { readonly kind: 'NORMAL'; readonly deviation: number; readonly mean?: number }
  | { readonly kind: 'CONSTANT'; readonly value: number };

export interface RandomTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly distribution: Distribution;
}

/** What random weights may be stored as; nobody trains in float64. */
type WrittenDtype = Exclude<TensorEntry['dtype'], 'F64'>;

export interface RandomWeightsOptions {
  readonly dtype: WrittenDtype;
  /** A whole number; a tensor's values depend on it, on the tensor's name and on nothing else. */
  readonly seed: number;
  readonly signal?: AbortSignal;
}

const bytesPerValue = { F64: 8, F32: 4, F16: 2, BF16: 2 } as const;

/** Values made and written at a time: some milliseconds of work. */
const chunkLength = 1 << 20;

/**
 * Writes `model.safetensors` into a folder, chunk by chunk; until it is whole it has another name.
 * @param tensors in the order in which they shall lie in the file
 */
export async function writeRandomWeights(
  folder: string,
  tensors: readonly RandomTensor[],
  { dtype, seed, signal }: RandomWeightsOptions,
): Promise<void> {
  const unfinished = join(folder, '.model.safetensors.incomplete');
  try {
    {
      await using file = await open(unfinished, 'w');
      await file.writeFile(safetensorsHeader(tensors.map(({ name, shape }) => ({ name, shape, dtype }))));
      const values = new Float32Array(chunkLength);
      for (const { name, shape, distribution } of tensors) {
        const fill = filler(distribution, seedOf(name, seed));
        const length = count(shape);
        for (let at = 0; at < length; at += chunkLength) {
          signal?.throwIfAborted();
          const chunk = values.subarray(0, Math.min(chunkLength, length - at));
          fill(chunk, at);
          await file.writeFile(encode(chunk, dtype));
        }
      }
    }
    await rename(unfinished, join(folder, 'model.safetensors'));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Length and header of a safetensors file that holds these tensors one after the other; data begins at a multiple of 8 bytes. */
export function safetensorsHeader(tensors: readonly Pick<TensorEntry, 'name' | 'shape' | 'dtype'>[]): Buffer {
  let end = 0;
  const header = Object.fromEntries(
    tensors.map(({ name, shape, dtype }) => {
      const begin = end;
      end += count(shape) * bytesPerValue[dtype];
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  const json = Buffer.from(JSON.stringify({ __metadata__: { format: 'pt' }, ...header }));
  const bytes = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  json.copy(bytes, 8);
  return bytes;
}

/** Little-endian, as safetensors wants it and every platform of Node has it; F16 and BF16 rounded to nearest, ties to even. */
function encode(values: Float32Array, dtype: WrittenDtype): Uint8Array {
  switch (dtype) {
    case 'F32':
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    case 'F16':
      return new Uint8Array(new Float16Array(values).buffer);
    case 'BF16': {
      const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
      const upper = new Uint16Array(words.length);
      for (let i = 0; i < words.length; i++) {
        const word = words[i] as number;
        upper[i] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
      }
      return new Uint8Array(upper.buffer);
    }
  }
}

/** Fills an array with the values that a tensor has from an index on. */
function filler(distribution: Distribution, seed: number): (values: Float32Array, from: number) => void {
  if (distribution.kind === 'CONSTANT') return (values) => values.fill(distribution.value);
  const { deviation, mean = 0 } = distribution;
  const scaled = quantiles().map((quantile) => quantile * deviation + mean);
  return (values, from) => {
    // A counter that is hashed: no value waits for the one before it, and a chunk can begin anywhere. (murmur3's finaliser)
    for (let i = 0; i < values.length; i++) {
      let hash = Math.imul(from + i, 0x9e3779b1) ^ seed;
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      values[i] = scaled[(hash ^ (hash >>> 16)) & 0xffff] as number;
    }
  };
}

let normalQuantiles: Float32Array | undefined;

/** [65536]: quantiles of the standard normal distribution, all equally likely; the outermost are ±4.3. */
function quantiles(): Float32Array {
  normalQuantiles ??= Float32Array.from({ length: 1 << 16 }, (_, index) => normalQuantile((index + 0.5) / (1 << 16)));
  return normalQuantiles;
}

/** Winitzki's approximation of the inverse error function, within 0.3 % of the deviation it is asked for. */
function normalQuantile(probability: number): number {
  const x = 2 * probability - 1;
  const a = 0.147;
  const logarithm = Math.log(1 - x * x);
  const half = 2 / (Math.PI * a) + logarithm / 2;
  return Math.sign(x) * Math.SQRT2 * Math.sqrt(Math.sqrt(half * half - logarithm / a) - half);
}

function seedOf(name: string, seed: number): number {
  return createHash('sha256').update(`${seed} ${name}`).digest().readInt32LE();
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
