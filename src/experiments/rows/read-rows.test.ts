import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { TributaryError } from '../../errors.ts';
import { formatOf, type RowFormat } from './format.ts';
import { readRows } from './read-rows.ts';
import type { FileRow } from './row-check.ts';

const limits = { rows: 1000, characters: 5_000_000 };

/** @param size of the pieces in which a file comes in */
async function* pieces(file: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(file);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const rowsOf = (format: RowFormat, file: string | Uint8Array, size?: number) =>
  Array.fromAsync(readRows(format, pieces(file, size), limits));

async function faultOf(format: RowFormat, file: string | Uint8Array): Promise<string> {
  try {
    await rowsOf(format, file, 65_536);
  } catch (error) {
    assert.ok(error instanceof TributaryError && error.code === 'INPUT', String(error));
    return error.message;
  }
  return 'none';
}

/** Texts with all that formats give a meaning to. */
const text = fc.string({ unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r', '{', 'é', '😀', '\\') });
const table = fc.array(fc.record({ prompt: text, b: text }, { noNullPrototype: true }), { minLength: 1, maxLength: 5 });
const plain = (rows: readonly FileRow[]) => rows.map((row) => ({ ...row }));

describe('Rows of JSONL', () => {
  it('are its objects, however the file comes in', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 20 }), async (rows, size) => {
        const file = rows.map((row) => JSON.stringify(row)).join('\n');
        assert.deepEqual(plain(await rowsOf('JSONL', file, size)), rows);
      }),
      { numRuns: 50 },
    );
  });

  it('have numbers as they are written, and no column without a value', async () => {
    const file = '\ufeff{"a": 12345678901234567890, "b": 1.0, "c": null}\r\n\r\n{"d": "x"}\n';
    assert.deepEqual(plain(await rowsOf('JSONL', file)), [{ a: '12345678901234567890', b: '1.0' }, { d: 'x' }]);
  });

  it('refuse what is wrong by its line', async () => {
    for (const [file, fault] of [
      ['{"a": 1}\n{"a": }', /^Line 2: it is no JSON/],
      ['{"a": 1}\n\n[1]', /^Line 3: a line is an object/],
      ['{"a": true}', /^Line 1, column "a": .* not true/],
      ['{"a": [1]}', /not a list/],
      ['{"a": {"b": 1}}', /not an object/],
      ['{"__proto__": "x"}', /^Line 1: the name of a column is one that is not taken/],
      ['{"": "x"}', /name of a column is empty/],
      [`{"a": "${'x'.repeat(100_001)}"}`, /100001 characters; at most 100000/],
      [`{"a": 1}\n{"a": "${'x'.repeat(1_000_001)}`, /^Line 2: it has more than 1000000 characters/],
      [`{"a":${'['.repeat(499_000)}`, /^Line 1/],
      [`{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, /^Line 1/],
      [JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`c${i}`, 1]))), /100 columns/],
      ['{"a": 1}\n'.repeat(1001), /more than 1000 rows/],
      [`{"a": "${'x'.repeat(99_000)}"}\n`.repeat(51), /^Line 51: the values up to here have more than 5000000/],
    ] as const)
      assert.match(await faultOf('JSONL', file), fault, file.slice(0, 60));
  });

  it('are UTF-8', async () => {
    assert.match(await faultOf('JSONL', Buffer.from([0x7b, 0xff, 0xfe])), /not UTF-8/);
    assert.match(await faultOf('JSONL', gzipSync('{"a": 1}')), /not UTF-8/);
  });
});

describe('Rows of CSV', () => {
  it('are its records, however the file comes in', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 20 }), async (rows, size) => {
        // An empty first line would be one without values.
        const file = stringify([...rows], { header: true, quoted: true, record_delimiter: '\r\n' });
        assert.deepEqual(plain(await rowsOf('CSV', file, size)), rows);
      }),
      { numRuns: 50 },
    );
  });

  it('refuse what is wrong by its line', async () => {
    for (const [file, fault] of [
      ['a,b\n1,2\n3\n', /^Line 3: it has 1 values, and the first line 2 names/],
      ['a,a\n1,2', /^Line 1: two columns have the name "a"/],
      ['a,__proto__\n1,2', /name of a column is one that is not taken/],
      [',b\n1,2', /name of a column is empty/],
      ['a\n"1', /no CSV.*Quote Not Closed.*line 2/],
      ['a,b\n1,"2"x', /no CSV.*line 2/],
      [`a\n"${'x\n'.repeat(600_000)}`, /no CSV.*Max Record Size/],
      [`a\n${'x'.repeat(100_001)}`, /^Line 2, column "a": .*100001 characters/],
      [`a\n${'1\n'.repeat(1001)}`, /more than 1000 rows/],
      [Buffer.from([0x61, 0x0a, 0xe9, 0x0a]), /not UTF-8/],
    ] as const)
      assert.match(await faultOf('CSV', file), fault, String(file).slice(0, 60));
  });
});

describe('The format of a file', () => {
  it('is that of its media type, otherwise of its name', () => {
    assert.equal(formatOf('text/csv; charset=utf-8', 'names.jsonl'), 'CSV');
    assert.equal(formatOf('application/x-ndjson', ''), 'JSONL');
    assert.equal(formatOf('application/octet-stream', 'Names.PARQUET'), 'PARQUET');
    assert.equal(formatOf('', 'names.csv.gz'), undefined);
    assert.equal(formatOf('', ''), undefined);
  });
});
