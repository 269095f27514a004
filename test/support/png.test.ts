import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { smaller } from './png.ts';

/** Lines of pixels, each with the filter that its first byte names. */
function png(width: number, colourType: number, lines: readonly (readonly number[])[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(lines.length, 4);
  header.set([8, colourType], 8);
  const parts = [
    ['IHDR', header],
    ['IDAT', deflateSync(Buffer.from(lines.flat()))],
    ['IEND', Buffer.alloc(0)],
  ] as const;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    ...parts.map(([type, data]) => {
      const chunk = Buffer.alloc(12 + data.length);
      chunk.writeUInt32BE(data.length);
      chunk.write(type, 4, 'latin1');
      data.copy(chunk, 8);
      chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
      return chunk;
    }),
  ]);
}

/** The lines of a picture that is no larger than one chunk. */
function linesOf(picture: Buffer): number[] {
  const header = 8 + 25;
  assert.equal(picture.toString('latin1', header + 4, header + 8), 'IDAT');
  return [...inflateSync(picture.subarray(header + 8, header + 8 + picture.readUInt32BE(header)))];
}

describe('A smaller picture', () => {
  it('has the same pixels whatever their filters, rounded to the shades that are kept', () => {
    const rows = [
      [0, 0, 0, 0, 255, 30, 60],
      [1, 9, 30, 60, 3, 3, 3],
      [2, 3, 3, 3, 3, 3, 3],
      [3, 0, 0, 0, 0, 0, 0],
      [4, 1, 1, 1, 0, 0, 0],
    ];
    assert.deepEqual(linesOf(smaller(png(2, 2, rows))), [
      ...[0, 0, 0, 0, 255, 30, 60],
      ...[0, 9, 30, 60, 12, 33, 63],
      ...[0, 12, 33, 63, 15, 36, 66],
      ...[0, 6, 15, 30, 9, 27, 48],
      ...[0, 6, 18, 33, 9, 27, 48],
    ]);
  });

  it('has no transparency', () => {
    assert.deepEqual(linesOf(smaller(png(1, 6, [[0, 3, 6, 9, 255]]))), [0, 3, 6, 9]);
  });
});
