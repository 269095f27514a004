/** Checkpoints with random weights, the same ones for the same seed: to try out a shape, and to measure. */
import { createHash } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteProgress } from './progress.ts';
import { type Distribution, filler, type Words, type WrittenDtype } from './random-values.ts';
import { expectRoom } from './room.ts';
import { indexOf, shardBytes, shardsOf } from './shards.ts';
import type { TensorEntry } from './types.ts';

export interface RandomTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly distribution: Distribution;
}

export interface RandomWeightsOptions {
  readonly dtype: WrittenDtype;
  /** A whole number; a tensor's values depend on it, on the tensor's name and on nothing else. */
  readonly seed: number;
  /** Bytes of the largest file, as in `shardsOf`. */
  readonly limit?: number;
  /** Told of what takes more than a second: ten times in each, and at the end. */
  readonly onProgress?: (progress: ByteProgress) => void;
  readonly signal?: AbortSignal;
}

const bytesPerValue = { F64: 8, F32: 4, F16: 2, BF16: 2 } as const;

/** Values made and written at a time: some milliseconds of work. */
const chunkLength = 1 << 20;
/** Milliseconds until the first report of progress, and between two. */
const firstReport = 1000;
const reportEvery = 100;

/**
 * Writes `model.safetensors` into a folder, or shards and their index, chunk by chunk; until a file is whole it has another
 * name. The memory that it takes does not depend on the weights' size.
 * @param tensors in the order in which they shall lie in the files
 * @throws TributaryError CHECKPOINT when the disk has no room for them
 */
export async function writeRandomWeights(
  folder: string,
  tensors: readonly RandomTensor[],
  { dtype, seed, limit = shardBytes, onProgress, signal }: RandomWeightsOptions,
): Promise<void> {
  const bytesOf = ({ shape }: RandomTensor) => count(shape) * bytesPerValue[dtype];
  const total = tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  await expectRoom(folder, total);
  const shards = shardsOf(tensors, bytesOf, limit);
  const written = progressOf(total, onProgress);
  const words = bytesPerValue[dtype] === 4 ? new Uint32Array(chunkLength) : new Uint16Array(chunkLength);
  try {
    for (const { file, tensors } of shards) {
      const unfinished = join(folder, `.${file}.incomplete`);
      {
        await using handle = await open(unfinished, 'w');
        await handle.writeFile(safetensorsHeader(tensors.map(({ name, shape }) => ({ name, shape, dtype }))));
        for (const tensor of tensors) {
          for (const chunk of chunksOf(tensor, dtype, seed, words)) {
            signal?.throwIfAborted();
            await handle.writeFile(chunk);
            written(chunk.byteLength);
          }
        }
      }
      await rename(unfinished, join(folder, file));
    }
    if (shards.length > 1)
      await writeFile(
        join(folder, 'model.safetensors.index.json'),
        `${JSON.stringify(indexOf(shards, total), undefined, 2)}\n`,
      );
  } catch (error) {
    for (const { file } of shards)
      for (const name of [file, `.${file}.incomplete`]) await rm(join(folder, name), { force: true });
    throw error;
  }
}

/** A tensor's values, each chunk in the place of the one before it. */
function* chunksOf(
  { name, shape, distribution }: RandomTensor,
  dtype: WrittenDtype,
  seed: number,
  words: Words,
): Generator<Words> {
  const fill = filler(distribution, dtype, seedOf(name, seed));
  const length = count(shape);
  for (let from = 0; from < length; from += words.length) {
    const chunk = words.subarray(0, Math.min(words.length, length - from));
    fill(chunk, from);
    yield chunk;
  }
}

/** @returns to be told of bytes that have been written */
function progressOf(total: number, onProgress: RandomWeightsOptions['onProgress']): (written: number) => void {
  const began = performance.now();
  let bytes = 0;
  let reported: number | undefined;
  return (written) => {
    bytes += written;
    const now = performance.now();
    const due = reported === undefined ? now >= began + firstReport : now >= reported + reportEvery || bytes === total;
    if (!due) return;
    reported = now;
    onProgress?.({ bytes, total, bytesPerSecond: (bytes / (now - began)) * 1000 });
  };
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

function seedOf(name: string, seed: number): number {
  return createHash('sha256').update(`${seed} ${name}`).digest().readInt32LE();
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
