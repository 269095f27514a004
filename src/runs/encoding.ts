/**
 * Values with float arrays in them, as a JSON text and one block of bytes: a float32 array takes 4 bytes a number
 * instead of some 20, is written in a fraction of the time, and comes back bit for bit.
 */
import { endianness } from 'node:os';

export interface Encoded {
  /** JSON in which a float array is `{"$floats": [start, length]}` into `arrays`, counted in numbers. */
  readonly payload: string;
  /** Little-endian float32. */
  readonly arrays: Uint8Array<ArrayBuffer>;
}

interface FloatsReference {
  readonly $floats: readonly [start: number, length: number];
}

if (endianness() !== 'LE') throw new Error('Stored float arrays are little-endian; this machine is not');

/** @throws RangeError for a number that JSON cannot hold (NaN or infinite) outside of a float array */
export function encode(value: unknown): Encoded {
  const found: Float32Array[] = [];
  let length = 0;
  const payload = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) throw new RangeError(`${part} cannot be stored`);
    if (!(part instanceof Float32Array)) return part;
    found.push(part);
    const start = length;
    length += part.length;
    return { $floats: [start, part.length] } satisfies FloatsReference;
  });
  const arrays = new Float32Array(length);
  let start = 0;
  for (const array of found) {
    arrays.set(array, start);
    start += array.length;
  }
  return { payload, arrays: new Uint8Array(arrays.buffer) };
}

export function decode<Value>({ payload, arrays }: Encoded): Value {
  // The driver hands out views at any offset; a view of floats needs a multiple of four, so the bytes are copied.
  const floats = new Float32Array(arrays.slice().buffer);
  return JSON.parse(payload, (_key, part: unknown) => {
    if (!isReference(part)) return part;
    const [start, length] = part.$floats;
    return floats.subarray(start, start + length);
  }) as Value;
}

function isReference(part: unknown): part is FloatsReference {
  return typeof part === 'object' && part !== null && '$floats' in part;
}
