/// <reference lib="esnext.float16" />
/** One tensor's values, for tests and small uses: inference reads the file itself. */
import { open } from 'node:fs/promises';
import { faulty } from './faulty.ts';
import type { TensorEntry } from './types.ts';

/**
 * @returns the values in row-major order, exactly: every F16 and BF16 is a float32 too; F64 rounded to float32
 * @throws TributaryError CHECKPOINT when the file ends before the tensor does
 */
export async function readTensor({
  name,
  dtype,
  file,
  offset,
  length,
}: TensorEntry): Promise<Float32Array<ArrayBuffer>> {
  // A buffer of its own, not one of Node's pool, begins where a typed array may begin.
  const bytes = new Uint8Array(length);
  await using handle = await open(file);
  for (let read = 0; read < length; ) {
    const { bytesRead } = await handle.read(bytes, read, Math.min(length - read, 1 << 30), offset + read);
    if (bytesRead === 0) throw faulty(file, `is truncated: it ends within tensor ${JSON.stringify(name)}`);
    read += bytesRead;
  }
  switch (dtype) {
    case 'F64':
      return new Float32Array(new Float64Array(bytes.buffer));
    case 'F32':
      return new Float32Array(bytes.buffer);
    case 'F16':
      return new Float32Array(new Float16Array(bytes.buffer));
    case 'BF16': {
      // A bfloat16 is the upper half of a float32.
      const upper = new Uint16Array(bytes.buffer);
      const words = new Uint32Array(upper.length);
      for (let i = 0; i < upper.length; i++) words[i] = (upper[i] as number) << 16;
      return new Float32Array(words.buffer);
    }
  }
}
