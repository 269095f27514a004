import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { readConfig, readConfigFile } from './config.ts';

describe('a configuration', () => {
  it('is the object in config.json', async () => {
    assert.deepEqual(await read('{"model_type": "gpt2", "n_layer": 2}'), { model_type: 'gpt2', n_layer: 2 });
  });

  it('may say that it is not quantised', async () => {
    assert.ok(await read('{"model_type": "gpt2", "quantization_config": null}'));
  });

  const refusals: [what: string, text: string, message: RegExp][] = [
    ['it is not JSON', '{"model_type": ', /^config\.json is not valid JSON$/],
    [
      'it is not JSON from somewhere on',
      '{"a": 1,}',
      /^config\.json is not valid JSON at position 8 \(line 1 column 9\)$/,
    ],
    ['it is another file, which it does not quote', 'root:x:0:0', /^config\.json is not valid JSON$/],
    ['it is a list', '[]', /config\.json must hold a JSON object/],
    ['it is a text', '"gpt2"', /config\.json must hold a JSON object/],
    ['it is nothing', 'null', /config\.json must hold a JSON object/],
    ['it names no model_type', '{}', /config\.json names no model_type; .* "model_type": "gpt2"/],
    [
      'it is quantised',
      '{"model_type": "llama", "quantization_config": {"quant_method": "gptq"}}',
      /quantised weights \(gptq\), which are not supported; use .* float32, float16 or bfloat16/,
    ],
    ['it is quantised by no name', '{"model_type": "llama", "quantization_config": {}}', /of an unnamed kind/],
  ];
  for (const [what, text, message] of refusals) {
    it(`is refused when ${what}`, async () => {
      await assert.rejects(read(text), { code: 'CHECKPOINT', message });
    });
  }

  it('is refused when it is missing, or cannot be read', async () => {
    await using folder = await temporaryFolder();
    await assert.rejects(readConfigFile(folder.path), { code: 'CHECKPOINT', message: /config\.json is missing/ });
    await mkdir(join(folder.path, 'config.json'));
    await assert.rejects(readConfigFile(folder.path), { code: 'CHECKPOINT', message: /config\.json cannot be read: / });
  });

  it('is read by a schema that lists every fault with its key', () => {
    const schema = z.object({ width: z.int().positive(), heads: z.int(), rope: z.object({ theta: z.number() }) });
    assert.deepEqual(readConfig({ width: 8, heads: 2, rope: { theta: 1 }, other: 1 }, schema, 'c'), {
      width: 8,
      heads: 2,
      rope: { theta: 1 },
    });
    assert.throws(() => readConfig({ width: -1, rope: { theta: 'x' } }, schema, '/models/m/config.json'), {
      code: 'CHECKPOINT',
      message:
        '/models/m/config.json: width: Too small: expected number to be >0; heads is missing; rope.theta: Invalid input: expected number, received string',
    });
  });
});

async function read(text: string) {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'config.json'), text);
  return await readConfigFile(folder.path);
}
