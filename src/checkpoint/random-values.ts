/// <reference lib="esnext.float16" />
/** Random numbers as they are written: the same ones for the same seed, at any place of a tensor without those before it. */
import type { TensorEntry } from './types.ts';

/** What a random tensor's values are like. */
export type Distribution =
  | { readonly kind: 'NORMAL'; readonly deviation: number; readonly mean?: number }
  | { readonly kind: 'CONSTANT'; readonly value: number };

/** What random weights may be stored as; nobody trains in float64. */
export type WrittenDtype = Exclude<TensorEntry['dtype'], 'F64'>;

/** Values as the bits that are stored: 32 of F32, 16 of the others. */
export type Words = Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** @returns fills an array with the values that a tensor has from an index on */
export function filler(
  distribution: Distribution,
  dtype: WrittenDtype,
  seed: number,
): (words: Words, from: number) => void {
  if (distribution.kind === 'CONSTANT') {
    const [word = 0] = encode(new Float32Array([distribution.value]), dtype);
    return (words) => words.fill(word);
  }
  const { deviation, mean = 0 } = distribution;
  const drawn = encode(
    quantiles().map((quantile) => quantile * deviation + mean),
    dtype,
  );
  return (words, from) => {
    // A counter that is hashed: no value waits for the one before it, and a chunk can begin anywhere. (murmur3's finaliser)
    for (let i = 0; i < words.length; i++) {
      let hash = Math.imul(from + i, 0x9e3779b1) ^ seed;
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      words[i] = drawn[(hash ^ (hash >>> 16)) & 0xffff] as number;
    }
  };
}

/** Little-endian, as safetensors wants it and every platform of Node has it; F16 and BF16 rounded to nearest, ties to even. */
function encode(values: Float32Array<ArrayBuffer>, dtype: WrittenDtype): Words {
  switch (dtype) {
    case 'F32':
      return new Uint32Array(values.buffer, values.byteOffset, values.length);
    case 'F16':
      return new Uint16Array(new Float16Array(values).buffer);
    case 'BF16':
      return Uint16Array.from(
        new Uint32Array(values.buffer, values.byteOffset, values.length),
        (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16,
      );
  }
}

let normalQuantiles: Float32Array<ArrayBuffer> | undefined;

/** [65536]: quantiles of the standard normal distribution, all equally likely; the outermost are ±4.3. */
function quantiles(): Float32Array<ArrayBuffer> {
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
