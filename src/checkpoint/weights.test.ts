import assert from 'node:assert/strict';
import { mkdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { safetensorsHeader } from './random.ts';
import { readWeights, weightFiles } from './weights.ts';

const index = 'model.safetensors.index.json';

describe('the weights of a checkpoint', () => {
  it('are those of model.safetensors', async () => {
    await using folder = await folderOf({ 'model.safetensors': weights('a', 'b') });
    assert.deepEqual([...(await readWeights(folder.path)).keys()], ['a', 'b']);
  });

  it('are put together from the shards that an index lists', async () => {
    await using folder = await folderOf({
      'model-1.safetensors': weights('a', 'b'),
      'model-2.safetensors': weights('c'),
      [index]: mapping({ a: 'model-1.safetensors', b: 'model-1.safetensors', c: 'model-2.safetensors' }),
    });
    const tensors = await readWeights(folder.path);
    assert.deepEqual([...tensors.keys()], ['a', 'b', 'c']);
    assert.equal(tensors.get('c')?.file, join(folder.path, 'model-2.safetensors'));
  });

  it("are found where the links of the hub's cache lead", async () => {
    await using folder = await folderOf({});
    const [blobs, snapshot] = [join(folder.path, 'blobs'), join(folder.path, 'snapshots', 'main')];
    await mkdir(blobs);
    await mkdir(snapshot, { recursive: true });
    await writeFile(join(blobs, '0123'), weights('a'));
    await symlink('../../blobs/0123', join(snapshot, 'model.safetensors'));
    assert.deepEqual([...(await weightFiles(snapshot))], [['model.safetensors', join(blobs, '0123')]]);
    assert.equal((await readWeights(snapshot)).get('a')?.file, join(blobs, '0123'));
    await unlink(join(blobs, '0123'));
    await assert.rejects(readWeights(snapshot), {
      code: 'CHECKPOINT',
      message: /model\.safetensors, which is missing/,
    });
  });

  it('may leave out of the map what an index lists but no weight is', async () => {
    const header = { 'attn.bias': { dtype: 'BOOL', shape: [4], data_offsets: [0, 4] } };
    const json = Buffer.from(JSON.stringify(header));
    const bytes = Buffer.alloc(8 + json.length + 4);
    bytes.writeBigUInt64LE(BigInt(json.length));
    json.copy(bytes, 8);
    await using folder = await folderOf({
      'm.safetensors': bytes,
      [index]: mapping({ 'attn.bias': 'm.safetensors' }),
    });
    assert.equal((await readWeights(folder.path)).size, 0);
  });

  const broken: [what: string, files: Record<string, string | Buffer>, message: RegExp][] = [
    ['there are none', { 'config.json': '{}' }, /holds no weights: model\.safetensors or .*index\.json is missing$/],
    ['they are in another format', { 'model.gguf': '' }, /holds no weights: .* \(it holds model\.gguf\)/],
    [
      'they are pickled',
      { 'pytorch_model.bin': '' },
      /as pytorch_model\.bin only.*save_pretrained\(folder, safe_serialization=True\)/,
    ],
    ['they are pickled shards', { 'pytorch_model.bin.index.json': '' }, /as pytorch_model\.bin\.index\.json only/],
    [
      'a shard is missing',
      { [index]: mapping({ a: 'gone.safetensors' }) },
      /index\.json lists gone\.safetensors, which is missing/,
    ],
    [
      'a tensor is missing',
      { 'm.safetensors': weights('a'), [index]: mapping({ a: 'm.safetensors', b: 'm.safetensors' }) },
      /lists tensors that are not there: b in m\.safetensors/,
    ],
    [
      'a tensor is in another shard than the index says',
      {
        'm.safetensors': weights('a'),
        'n.safetensors': weights('b'),
        [index]: mapping({ a: 'n.safetensors', b: 'm.safetensors' }),
      },
      /not there: a in n\.safetensors, b in m\.safetensors/,
    ],
    [
      'two shards hold the same tensor',
      {
        'm.safetensors': weights('a'),
        'n.safetensors': weights('a', 'b'),
        [index]: mapping({ a: 'm.safetensors', b: 'n.safetensors' }),
      },
      /^n\.safetensors holds tensor a, which is in m\.safetensors too$/,
    ],
    [
      'a shard lies outside of the folder',
      { [index]: mapping({ a: '../m.safetensors' }) },
      /weight_map\.a: a shard must be .* beside/,
    ],
    [
      'a shard has an absolute path',
      { [index]: mapping({ a: '/etc/m.safetensors' }) },
      /weight_map\.a: a shard must be .* beside/,
    ],
    [
      'a shard is of another format',
      { [index]: mapping({ a: 'm.bin' }) },
      /weight_map\.a: a shard must be a safetensors file/,
    ],
    ['the index is not JSON', { [index]: '{' }, /index\.json is not valid JSON/],
    ['the index maps nothing', { [index]: '{}' }, /index\.json: weight_map is missing/],
  ];
  for (const [what, files, message] of broken) {
    it(`are refused when ${what}`, async () => {
      await using folder = await folderOf(files);
      await assert.rejects(readWeights(folder.path), { code: 'CHECKPOINT', message });
    });
  }
});

/** A file of float32 tensors of one value each. */
function weights(...names: string[]): Buffer {
  return Buffer.concat([
    safetensorsHeader(names.map((name) => ({ name, shape: [1], dtype: 'F32' }))),
    Buffer.alloc(4 * names.length),
  ]);
}

function mapping(weightMap: Record<string, string>): string {
  return JSON.stringify({ metadata: {}, weight_map: weightMap });
}

async function folderOf(files: Record<string, string | Buffer>) {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder.path, name), content);
  return folder;
}
