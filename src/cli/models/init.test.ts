import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { architectures, specificationOf } from '../../architecture/registry.ts';
import { openCheckpoint } from '../../checkpoint/checkpoint.ts';
import { forwardPass, keepNothing } from '../../inference/forward-pass.ts';
import { Gate } from '../../inference/gate.ts';
import { LoadedModel } from '../../inference/loaded-model.ts';
import { checkModel } from './check.ts';
import { type InitOptions, initModel } from './init.ts';

const plain: InitOptions = { seed: 1, dtype: 'F32', width: 32, layers: 2, heads: 2, context: 64 };

describe('a model with random weights', () => {
  for (const { name } of architectures) {
    it(`of the family ${name} loads, and its attribution adds up`, async () => {
      await using models = await temporaryFolder();
      await initModel(models.path, name, 'tiny', plain);
      const { passed, blocks, prompts } = await checkModel(models.path, 'tiny', 1);
      assert.deepEqual([passed, blocks, prompts.length], [true, 2, 3]);
    });
  }

  it('has the shape that was asked for', async () => {
    await using models = await temporaryFolder();
    const shape = { width: 48, layers: 3, heads: 4, keyValueHeads: 2, neurons: 80, vocabulary: 300, context: 40 };
    const checkpoint = await initModel(models.path, 'llama', 'org/tiny', { seed: 1, dtype: 'BF16', ...shape });
    const { width, layerCount, headCount, keyValueHeadCount, vocabularySize, contextLength } =
      specificationOf(checkpoint);
    assert.deepEqual(
      [width, layerCount, headCount, keyValueHeadCount, vocabularySize, contextLength],
      [48, 3, 4, 2, 300, 40],
    );
    const up = checkpoint.tensors.get('model.layers.2.mlp.up_proj.weight');
    assert.deepEqual([up?.shape, up?.dtype], [[80, 48], 'BF16']);
    const config = JSON.parse(await readFile(join(models.path, 'org/tiny/config.json'), 'utf8'));
    assert.deepEqual([config.hidden_size, config.n_embd, config.intermediate_size], [48, undefined, 80]);
  });

  it('begins with a configuration where one is given', async () => {
    await using models = await temporaryFolder();
    const config = {
      model_type: 'gpt2',
      n_embd: 24,
      n_layer: 7,
      n_head: 3,
      activation_function: 'relu',
      n_inner: null,
    };
    const checkpoint = await initModel(models.path, 'gpt2', 'tiny', { seed: 1, dtype: 'F32', layers: 2, config });
    const { width, layerCount, headCount, blocks } = specificationOf(checkpoint);
    assert.deepEqual([width, layerCount, headCount, blocks[0]?.mlp?.activation], [24, 2, 3, 'RELU']);
    assert.deepEqual(checkpoint.tensors.get('transformer.h.0.mlp.c_fc.weight')?.shape, [24, 96]);
  });

  it('has the same weights for the same seed', async () => {
    await using models = await temporaryFolder();
    const revision = async (name: string, seed: number) =>
      (await initModel(models.path, 'gpt2', name, { ...plain, seed })).revision();
    const first = await revision('a', 1);
    assert.equal(await revision('b', 1), first);
    assert.notEqual(await revision('c', 2), first);
  });

  it('computes the same from shards as from one file', async () => {
    await using models = await temporaryFolder();
    const last = async (name: string, limit: number) => {
      const model = new LoadedModel(await initModel(models.path, 'llama', name, { ...plain, dtype: 'BF16', limit }), 1);
      try {
        return (await forwardPass(model, [72, 101, 108], new Gate(), keepNothing)).last.data;
      } finally {
        await model.release();
      }
    };
    const whole = await last('whole', 1e9);
    assert.deepEqual(await last('shards', 20_000), whole);
    const files = await readdir(join(models.path, 'shards'));
    assert.ok(files.filter((file) => /^model-\d{5}-of-\d{5}\.safetensors$/.test(file)).length > 2);
  });

  it('reads any text as its bytes, and writes them again', async () => {
    await using models = await temporaryFolder();
    const { tokenizer } = await initModel(models.path, 'gpt2', 'tiny', plain);
    const text = 'Bäume, 木\n\t<|endoftext|>';
    const ids = tokenizer.encode(text);
    assert.deepEqual(ids, [...Buffer.from('Bäume, 木\n\t'), 256]);
    assert.equal(tokenizer.token(66).text, 'B');
    assert.equal(tokenizer.token(256).special, true);
  });

  it('is refused for what the family cannot be, and leaves nothing behind', async () => {
    await using models = await temporaryFolder();
    const refused = (family: string, options: Partial<InitOptions>, message: RegExp, name = 'tiny') =>
      assert.rejects(initModel(models.path, family, name, { ...plain, ...options }), { code: 'CHECKPOINT', message });
    await refused('bert', {}, /there is no family "bert"; there are attention_only, .*gpt2/);
    await refused('gpt2', { heads: 3 }, /a width of 32 cannot be divided into 3 heads/);
    await refused('llama', { heads: 4, keyValueHeads: 3 }, /4 query heads cannot share 3/);
    await refused('llama', { heads: 32 }, /no pairs/);
    await refused('gpt2', { vocabulary: 100 }, /at least 257 tokens/);
    await refused('gpt2', {}, /is no model's name/, '../tiny');
    const signal = AbortSignal.abort();
    await assert.rejects(initModel(models.path, 'gpt2', 'tiny', { ...plain, signal }), { name: 'AbortError' });
    assert.deepEqual(await readdir(models.path), []);
    await initModel(models.path, 'gpt2', 'tiny', plain);
    await refused('gpt2', {}, /is there already/);
    assert.ok(await openCheckpoint(join(models.path, 'tiny')));
  });
});
