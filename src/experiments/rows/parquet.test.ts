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

  it('cost the thread its life, not the server, where a page says that it has two billion of them', async () => {
    // One column, one page, of a value that is there in all rows: a run of a length that is written in some bytes.
    const file = fileOf([{ name: 'a', data: new Array(1500).fill('x'), type: 'STRING' }]);
    const bombs = [...swollen(file, 1500)];
    assert.ok(bombs.length > 0, 'the length stands in the file');
    for (const bomb of bombs) await faultOf(bomb);
  });
});

/** The file with a number in it, as Thrift and runs write it, made as large as its bytes allow, and then as large as there is. */
function* swollen(file: Uint8Array, count: number): Generator<Uint8Array> {
  // Zigzag in the headers; twice the length in a run.
  const low = ((count * 2) & 0x7f) | 0x80;
  const high = (count * 2) >> 7;
  for (let at = 0; at + 1 < file.length; at++)
    if (file[at] === low && file[at + 1] === high)
      yield Buffer.concat([file.subarray(0, at), Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f]), file.subarray(at + 2)]);
}
