import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { TributaryError } from '../errors.ts';
import { safetensorsHeader } from './random.ts';
import { readSafetensorsHeader } from './safetensors.ts';

describe('the header of a safetensors file', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let file: string;
  before(async () => {
    folder = await temporaryFolder();
    file = join(folder.path, 'model.safetensors');
  });
  after(() => folder[Symbol.asyncDispose]());

  const read = async (bytes: Uint8Array) => {
    await writeFile(file, bytes);
    return readSafetensorsHeader(file);
  };

  it('says where each tensor lies', async () => {
    const bytes = fileOf(
      { b: entry('BF16', [2], 12, 16), a: entry('F32', [3, 1], 0, 12), c: entry('F16', [], 16, 18) },
      18,
    );
    const start = bytes.length - 18;
    assert.deepEqual((await read(bytes)).tensors, [
      { name: 'a', dtype: 'F32', shape: [3, 1], file, offset: start, length: 12 },
      { name: 'b', dtype: 'BF16', shape: [2], file, offset: start + 12, length: 4 },
      { name: 'c', dtype: 'F16', shape: [], file, offset: start + 16, length: 2 },
    ]);
  });

  it('may have metadata, empty tensors and names such as __proto__', async () => {
    const header = {
      empty: entry('F32', [0, 7], 0, 0),
      ['__proto__']: entry('F32', [1], 0, 4),
      __metadata__: { format: 'pt' },
    };
    const { tensors } = await read(fileOf(header, 4));
    assert.deepEqual(
      tensors.map(({ name }) => name),
      ['empty', '__proto__'],
    );
  });

  it('may hold causal masks and positions beside the weights, which are named apart', async () => {
    const { tensors, buffers } = await read(
      fileOf(
        { 'attn.bias': entry('BOOL', [4], 0, 4), position_ids: entry('I64', [1], 4, 12), w: entry('F32', [1], 12, 16) },
        16,
      ),
    );
    assert.deepEqual(buffers, ['attn.bias', 'position_ids']);
    assert.deepEqual(
      tensors.map(({ name }) => name),
      ['w'],
    );
  });

  it('of 300 tensors is read, every one', async () => {
    const tensors = Array.from({ length: 300 }, (_, i) => ({
      name: `model.layers.${i}.weight`,
      shape: [0, 64],
      dtype: 'F32' as const,
    }));
    await writeFile(file, safetensorsHeader(tensors));
    const read = await readSafetensorsHeader(file);
    assert.deepEqual(
      read.tensors.map(({ name }) => name),
      tensors.map(({ name }) => name),
    );
  });

  const one = { a: entry('F32', [2], 0, 8) };
  const refusals: [what: string, bytes: Uint8Array, message: RegExp][] = [
    ['is shorter than the length of its header', Buffer.alloc(7), /is 7 bytes long; .* begins with 8 bytes/],
    ['announces a header of 10 GB', lengthed(10_000_000_000n), /header of more than 100000000 bytes/],
    ['announces a header longer than itself', lengthed(100n), /longer header than its 10 bytes/],
    ['has a header that is not UTF-8', withHeader(Buffer.from([0x22, 0xff, 0x22])), /header that is not valid JSON: /],
    ['has a header that is not JSON', withHeader(Buffer.from('root:x')), /header that is not valid JSON: /],
    ['has a header that is a list', fileOf([], 0), /not a JSON object/],
    [
      'has metadata that is not text',
      fileOf({ __metadata__: { a: 1 } }, 0),
      /__metadata__ that is not an object of strings/,
    ],
    ['has a tensor without a name', fileOf({ '': entry('F32', [2], 0, 8) }, 8), /without a name/],
    ['describes a tensor by a number', fileOf({ a: 1 }, 0), /describes tensor "a" by no object/],
    [
      'has a dtype that does not exist',
      fileOf({ a: entry('F99', [2], 0, 8) }, 8),
      /tensor "a" the dtype "F99", .* not know/,
    ],
    ['has no dtype', fileOf({ a: {} }, 8), /tensor "a" the dtype nothing, .* not know/],
    [
      'has weights of eight bits',
      fileOf({ 'a.weight': entry('I8', [8], 0, 8) }, 8),
      /"a.weight" as I8, .* supported are F64, F32, F16, BF16/,
    ],
    ['has weights of float8', fileOf({ 'a.weight': entry('F8_E4M3', [8], 0, 8) }, 8), /"a.weight" as F8_E4M3/],
    ['has a negative dimension', fileOf({ a: entry('F32', [-2], 0, 8) }, 8), /the shape \[-2\]; .* whole numbers/],
    ['has half a dimension', fileOf({ a: entry('F32', [0.5], 0, 2) }, 2), /the shape \[0.5\]/],
    ['has a shape that is no list', fileOf({ a: entry('F32', 'x', 0, 8) }, 8), /the shape "x"/],
    ['has a shape beyond all numbers', fileOf({ a: entry('F32', [2 ** 52, 2 ** 52], 0, 8) }, 8), /impossible shape/],
    ['has half a byte', fileOf({ a: entry('F4', [3], 0, 1) }, 1), /impossible shape \[3\] of F4/],
    ['has offsets that are no numbers', fileOf({ a: entry('F32', [2], 'x', 8) }, 8), /data_offsets \["x",8\]/],
    ['has one offset', fileOf({ a: { dtype: 'F32', shape: [2], data_offsets: [8] } }, 8), /data_offsets \[8\]/],
    [
      'ends a tensor before its beginning',
      fileOf({ a: entry('F32', [2], 8, 0) }, 8),
      /bytes 8 to 0; F32 \[2\] takes 8 bytes/,
    ],
    [
      'has fewer bytes than the shape',
      fileOf({ a: entry('F32', [2], 0, 4) }, 4),
      /bytes 0 to 4; F32 \[2\] takes 8 bytes/,
    ],
    ['is truncated', fileOf(one, 7), /truncated: tensor "a" ends at byte/],
    ['has bytes after its last tensor', fileOf(one, 9), /has 1 bytes after tensor "a"/],
    [
      'begins its tensors late',
      fileOf({ a: entry('F32', [2], 4, 12) }, 12),
      /leaves 4 bytes between the header and tensor "a"/,
    ],
    [
      'has tensors that overlap',
      fileOf({ ...one, b: entry('F32', [1], 4, 8) }, 8),
      /lets tensor "b" overlap with tensor "a"/,
    ],
    [
      'has a hole between tensors',
      fileOf({ ...one, b: entry('F32', [1], 9, 13) }, 13),
      /leaves 1 bytes between tensor "a" and tensor "b"/,
    ],
    [
      'names a tensor twice',
      withHeader(
        Buffer.from(JSON.stringify(one).replace('}}', '},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}')),
        12,
      ),
      /leaves 8 bytes between the header and tensor "a"/,
    ],
  ];
  for (const [what, bytes, message] of refusals) {
    it(`is refused when the file ${what}`, async () => {
      await assert.rejects(read(bytes), (error: Error) => {
        assert.ok(error instanceof TributaryError);
        assert.equal(error.code, 'CHECKPOINT');
        assert.ok(error.message.startsWith(`${basename(file)} `));
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('is refused when there is no file, or a folder in its place', async () => {
    await assert.rejects(readSafetensorsHeader(join(folder.path, 'nothing')), {
      code: 'CHECKPOINT',
      message: /cannot be read/,
    });
    await mkdir(join(folder.path, 'folder'));
    await assert.rejects(readSafetensorsHeader(join(folder.path, 'folder')), {
      code: 'CHECKPOINT',
      message: /is no file/,
    });
  });

  it('never makes the reader fail in another way, whatever the bytes are', async () => {
    const valid = fileOf(
      { ...one, b: entry('F16', [3, 2], 8, 20), m: entry('BOOL', [4], 20, 24), __metadata__: { a: 'b' } },
      24,
    );
    const mutations = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    const cut = fc.nat(valid.length);
    await fc.assert(
      fc.asyncProperty(mutations, cut, async (bytes, length) => {
        const mutated = Buffer.from(valid);
        for (const [at, byte] of bytes) mutated[at] = byte;
        await resultOrRefusal(read(length % 3 === 0 ? mutated.subarray(0, length) : mutated));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('never makes the reader fail in another way, whatever the header says', async () => {
    const number = fc.oneof(fc.nat(64), fc.integer(), fc.double(), fc.constantFrom(2 ** 53, 1e300, -0));
    const description = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom('F64', 'F32', 'F16', 'BF16', 'I8', 'F4', 'BOOL', 'toString'), fc.json()),
        shape: fc.oneof(fc.array(fc.oneof(fc.nat(4), number), { maxLength: 4 }), fc.json()),
        data_offsets: fc.oneof(fc.tuple(number, number), fc.array(number, { maxLength: 3 })),
      },
      { requiredKeys: [] },
    );
    const header = fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('__proto__', '__metadata__')),
      fc.oneof(description, fc.jsonValue()),
    );
    await fc.assert(
      fc.asyncProperty(header, fc.nat(64), async (value, size) => {
        const result = await resultOrRefusal(read(fileOf(value, size)));
        const total = result?.tensors.reduce((sum, { length }) => sum + length, 0) ?? 0;
        assert.ok(total <= size);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

async function resultOrRefusal<T>(result: Promise<T>): Promise<T | undefined> {
  return result.catch((error: Error) => {
    assert.ok(error instanceof TributaryError, error.stack);
    assert.equal(error.code, 'CHECKPOINT');
    return undefined;
  });
}

function entry(dtype: string, shape: unknown, begin: unknown, end: unknown) {
  return { dtype, shape, data_offsets: [begin, end] };
}

function fileOf(header: unknown, size: number): Buffer {
  return withHeader(Buffer.from(JSON.stringify(header)), size);
}

function withHeader(header: Buffer, size = 0): Buffer {
  const bytes = Buffer.alloc(8 + header.length + size);
  bytes.writeBigUInt64LE(BigInt(header.length));
  header.copy(bytes, 8);
  return bytes;
}

/** Two bytes that claim to be a header of this length. */
function lengthed(length: bigint): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeBigUInt64LE(length);
  return bytes;
}
