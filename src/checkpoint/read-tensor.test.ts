import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { readTensor } from './read-tensor.ts';

describe('the values of a tensor', () => {
  const values = [0, -0, 1, -1.5, 2 ** -14, Number.POSITIVE_INFINITY];
  const stored = {
    F64: Buffer.from(new Float64Array(values).buffer),
    F32: Buffer.from(new Float32Array(values).buffer),
    // From IEEE 754: sign, 5 bits of exponent (bias 15), 10 of fraction.
    F16: Buffer.from(new Uint16Array([0, 0x8000, 0x3c00, 0xbe00, 0x0400, 0x7c00]).buffer),
    // The upper half of a float32.
    BF16: Buffer.from(new Uint16Array([0, 0x8000, 0x3f80, 0xbfc0, 0x3880, 0x7f80]).buffer),
  };
  for (const dtype of ['F64', 'F32', 'F16', 'BF16'] as const) {
    it(`are read from ${dtype} as they are, wherever in the file they begin`, async () => {
      await using folder = await temporaryFolder();
      const file = join(folder.path, 'f');
      await writeFile(file, Buffer.concat([Buffer.alloc(3), stored[dtype], Buffer.alloc(5)]));
      const entry = { name: 'a', dtype, shape: [6], file, offset: 3, length: stored[dtype].length };
      assert.deepEqual([...(await readTensor(entry))], values);
    });
  }

  it('are missed when the file ends within them', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'f');
    await writeFile(file, Buffer.alloc(7));
    const entry = { name: 'a', dtype: 'F32', shape: [2], file, offset: 0, length: 8 } as const;
    await assert.rejects(readTensor(entry), { code: 'CHECKPOINT', message: /truncated: it ends within tensor "a"/ });
  });
});
