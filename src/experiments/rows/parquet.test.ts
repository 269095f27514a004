import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { TributaryError } from '../../errors.ts';
import { parquetRows } from './parquet.ts';

const limits = { rows: 2000, characters: 1_000_000 };
type Columns = Parameters<typeof parquetWriteBuffer>[0]['columnData'];
type Options = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>;

const fileOf = (columnData: Columns, options: Options = {}) =>
  new Uint8Array(parquetWriteBuffer({ columnData, ...options }));

async function* whole(file: Uint8Array) {
  yield file;
}

const rowsOf = (file: Uint8Array) => Array.fromAsync(parquetRows(whole(file), limits), (row) => ({ ...row }));

async function faultOf(file: Uint8Array): Promise<string> {
  try {
    await rowsOf(file);
  } catch (error) {
    assert.ok(error instanceof TributaryError && error.code === 'INPUT', String(error));
    return error.message;
  }
  return 'none';
}

const names = Array.from({ length: 1200 }, (_, index) => `name ${index} é`);

describe('Rows of Parquet', () => {
  it('are its rows, over groups and messages', async () => {
    const file = fileOf(
      [
        { name: 'prompt', data: names, type: 'STRING' },
        { name: 'count', data: names.map((_, index) => BigInt(index)), type: 'INT64' },
        { name: 'share', data: names.map((_, index) => index / 4), type: 'DOUBLE' },
        { name: 'maybe', data: names.map((name, index) => (index % 2 ? name : null)), type: 'STRING', nullable: true },
      ],
      { rowGroupSize: 700 },
    );
    const rows = await rowsOf(file);
    assert.equal(rows.length, 1200);
    for (const [index, row] of rows.entries())
      assert.deepEqual(row, {
        prompt: names[index],
        count: String(index),
        share: String(index / 4),
        ...(index % 2 && { maybe: names[index] }),
      });
  });

  it('are read though they are packed in another way', async () => {
    for (const [codec, pack] of [
      ['GZIP', gzipSync],
      ['ZSTD', zstdCompressSync],
    ] as const) {
      const compressors = { [codec]: (bytes: Uint8Array) => new Uint8Array(pack(bytes)) };
      const file = fileOf([{ name: 'prompt', data: names, type: 'STRING' }], { codec, compressors });
      assert.deepEqual(
        (await rowsOf(file)).map(({ prompt }) => prompt),
        names,
      );
    }
  });

  it('refuse what is no Parquet, and what is none of texts and numbers', async () => {
    for (const [file, fault] of [
      [Buffer.from('prompt\nhello'), /^The Parquet file cannot be read/],
      [new Uint8Array(), /^The Parquet file cannot be read/],
      [fileOf([{ name: 'when', data: [new Date(0)], type: 'TIMESTAMP' }]), /^Row 1, column "when".*not a date/],
      [fileOf([{ name: 'yes', data: [true], type: 'BOOLEAN' }]), /not true/],
      [fileOf([{ name: '__proto__', data: ['x'], type: 'STRING' }]), /not taken/],
      [fileOf([{ name: 'a', data: new Array(2001).fill('x'), type: 'STRING' }]), /more than 2000 rows/],
      [fileOf([{ name: 'a', data: ['x'.repeat(100_001)], type: 'STRING' }]), /100001 characters/],
      [
        fileOf([{ name: 'a', data: new Array(100).fill('x'.repeat(99_000)), type: 'STRING' }]),
        /more than 1000000 char/,
      ],
      [fileOf([{ name: 'list', data: [['a'], ['b']], type: 'JSON' }]), /not a list/],
    ] as const)
      assert.match(await faultOf(file), fault);
  });

  it('hold whatever is damaged to a typed error, and leave no file behind', async () => {
    const file = fileOf([
      { name: 'prompt', data: names.slice(0, 50), type: 'STRING' },
      { name: 'count', data: names.slice(0, 50).map((_, index) => index), type: 'INT32' },
    ]);
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('tributary-rows-'));
    // Every part of the file in turn: pages, the sizes in their headers, the description at the end.
    for (let at = 0; at < file.length; at += Math.ceil(file.length / 40)) {
      const damaged = file.slice();
      damaged.fill(0xff, at, at + 4);
      await faultOf(damaged);
    }
    const after = (await readdir(tmpdir())).filter((name) => name.startsWith('tributary-rows-'));
    assert.deepEqual(after, before);
  });

  it('cost a process its life, not the server, where a value is said to be there a hundred million times', async () => {
    const count = 1000;
    const file = Buffer.from(
      fileOf([{ name: 'a', data: new Array(count).fill('x'), type: 'STRING' }], { codec: 'UNCOMPRESSED' }),
    );
    // All rows are one run of the same value. A run begins with twice its length, seven bits a byte; the page's header, which
    // says the same, comes before it.
    const length = Buffer.from([((count * 2) & 0x7f) | 0x80, (count * 2) >> 7]);
    const at = file.indexOf(length, file.indexOf(length, file.indexOf(length) + 1) + 1);
    assert.ok(at > 0);
    const swollen = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x01]);
    const bomb = Buffer.concat([file.subarray(0, at), swollen, file.subarray(at + length.length)]);
    assert.match(await faultOf(bomb), /takes more than 512 MB/);
  });
});
