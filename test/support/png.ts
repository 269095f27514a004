/** Pictures of pages, made smaller: PNG (RFC 2083) as browsers write it, with fewer shades and packed harder. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = 8;
/** Between two shades that are kept of a channel: black and white are among them. */
const step = 3;

/** @param png of 8 bits a channel, without a palette, not interlaced @returns the same picture without transparency */
export function smaller(png: Buffer): Buffer {
  const { width, height, channels, data } = read(png);
  const stride = width * channels;
  const lines = unfiltered(inflateSync(data), height, stride, channels);
  const packed = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0, to = 0; y < height; y++) {
    to++;
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++)
        packed[to++] = Math.round((lines[y * stride + x * channels + channel] as number) / step) * step;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    png.subarray(0, signature),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(packed, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function read(png: Buffer) {
  const data: Buffer[] = [];
  for (let at = signature; at < png.length; at += 12 + png.readUInt32BE(at))
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  return {
    width: png.readUInt32BE(signature + 8),
    height: png.readUInt32BE(signature + 12),
    channels: png[signature + 17] === 6 ? 4 : 3,
    data: Buffer.concat(data),
  };
}

/** Undoes the filter of each line: what it takes away is said by its first byte. */
function unfiltered(raw: Buffer, height: number, stride: number, channels: number): Buffer {
  const lines = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= channels ? (lines[at - channels] as number) : 0;
      const above = y > 0 ? (lines[at - stride] as number) : 0;
      const corner = x >= channels && y > 0 ? (lines[at - stride - channels] as number) : 0;
      const expected = [0, left, above, (left + above) >> 1, nearest(left, above, corner)][filter ?? 0] as number;
      lines[at] = (raw[y * (stride + 1) + 1 + x] as number) + expected;
    }
  }
  return lines;
}

/** Paeth's predictor. */
function nearest(left: number, above: number, corner: number): number {
  const [toLeft, toAbove, toCorner] = [above - corner, left - corner, left + above - 2 * corner].map(Math.abs) as [
    number,
    number,
    number,
  ];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
