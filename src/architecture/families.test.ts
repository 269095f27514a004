import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { open, smallest, specify, tensorsOf } from '../../test/support/specifications.ts';
import type { Architecture } from './architecture.ts';
import { architectures } from './registry.ts';
import type { ModelSpecification } from './specification.ts';
import { traitsOf } from './traits.ts';

const familyOf = (type: string): Architecture => {
  const family = architectures.find(({ modelTypes }) => modelTypes.includes(type));
  assert.ok(family, `no family for ${type}`);
  return family;
};

const windows = (model: ModelSpecification) => model.blocks.map(({ attention }) => attention.window);

const bases = (model: ModelSpecification) =>
  model.blocks.map(({ attention }) => {
    const [, second = 0] = attention.rotary?.frequencies(8) ?? [];
    return Math.round(second ** (-(attention.rotary?.dimensions ?? 0) / 2));
  });

describe('every family', () => {
  it('is declared for one model_type, in the layout that the smallest configuration says', () => {
    assert.deepEqual(architectures.flatMap(({ modelTypes }) => modelTypes).sort(), Object.keys(smallest).sort());
    for (const type of Object.keys(smallest)) {
      const model = specify(type);
      assert.equal(model.architecture, familyOf(type).name);
      assert.equal(model.blocks.length, model.layerCount);
      assert.equal(model.width, 32);
      assert.equal(model.contextLength, 64);
    }
  });

  it('names the key that is missing', () => {
    for (const type of Object.keys(smallest))
      assert.throws(
        () => specify(type, { vocab_size: undefined }),
        { code: 'CHECKPOINT', message: /vocab_size/ },
        type,
      );
  });

  it('takes the prefix from the tensors: of a model in its task head, or saved by itself', () => {
    const probes = [
      ['llama', 'model.', 'embed_tokens.weight'],
      ['gpt2', 'transformer.', 'wte.weight'],
      ['gpt_neo', 'transformer.', 'wte.weight'],
      ['gptj', 'transformer.', 'wte.weight'],
      ['gpt_neox', 'gpt_neox.', 'embed_in.weight'],
      ['opt', 'model.decoder.', 'embed_tokens.weight'],
      ['opt', 'decoder.', 'embed_tokens.weight'],
      ['attention_only', 'transformer.', 'wte.weight'],
    ] as const;
    for (const [type, prefix, probe] of probes) {
      const inHead = specify(type, {}, [`${prefix}${probe}`]);
      const alone = specify(type, {}, [probe]);
      assert.equal(inHead.embedding.token, `${prefix}${probe}`);
      assert.equal(alone.embedding.token, probe);
      assert.equal(inHead.blocks[1]?.attention.output.weight, `${prefix}${alone.blocks[1]?.attention.output.weight}`);
      assert.equal(inHead.unembedding.norm?.weight, `${prefix}${alone.unembedding.norm?.weight}`);
    }
  });

  it('unembeds by the embedding where the two are tied, unless the checkpoint has the copy too', () => {
    const tied = { tie_word_embeddings: true };
    const embedding = 'model.embed_tokens.weight';
    assert.equal(specify('llama', tied, [embedding]).unembedding.weight, embedding);
    assert.equal(specify('llama', tied, [embedding, 'lm_head.weight']).unembedding.weight, 'lm_head.weight');
    assert.equal(specify('llama', {}, [embedding]).unembedding.weight, 'lm_head.weight');
    assert.equal(specify('gpt_neox').unembedding.weight, 'embed_out.weight');
    assert.equal(specify('gpt_neox', {}, ['lm_head.weight']).unembedding.weight, 'lm_head.weight');
  });

  it('ties as transformers does by default', () => {
    const tied = Object.keys(smallest).filter((type) => traitsOf(specify(type)).tiedEmbeddings);
    assert.deepEqual(tied.sort(), ['attention_only', 'gemma', 'gemma2', 'gemma3_text', 'gpt2', 'gpt_neo', 'opt']);
  });
});

describe('OPT', () => {
  it('has no norm at its end where norms are over the stream', () => {
    assert.ok(specify('opt').unembedding.norm);
    assert.equal(specify('opt', { do_layer_norm_before: false }).unembedding.norm, undefined);
  });

  it('reads projections where embeddings are not as wide as the stream, and demands their tensors', () => {
    const options = { word_embed_proj_dim: 20 };
    assert.equal(specify('opt', { word_embed_proj_dim: 32 }).embedding.projection, undefined);
    const tensors = tensorsOf(specify('opt', options, ['model.decoder.embed_tokens.weight']));
    assert.deepEqual(tensors.get('model.decoder.embed_tokens.weight')?.shape, [11, 20]);
    assert.doesNotThrow(() => open('opt', options, tensors));
    for (const [name, shape] of [
      ['model.decoder.project_in.weight', '32, 20'],
      ['model.decoder.project_out.weight', '20, 32'],
    ] as const) {
      const without = new Map(tensors);
      without.delete(name);
      assert.throws(() => open('opt', options, without), {
        code: 'CHECKPOINT',
        message: new RegExp(`tensor ${RegExp.escape(name)} \\[${shape}\\] is missing`),
      });
    }
  });
});

describe('windows', () => {
  it('are where each family has them', () => {
    assert.deepEqual(windows(specify('mistral')), [4096, 4096, 4096]);
    assert.deepEqual(windows(specify('mistral', { sliding_window: null })), [undefined, undefined, undefined]);
    const layer_types = ['full_attention', 'sliding_attention', 'full_attention'];
    assert.deepEqual(windows(specify('mistral', { layer_types })), [undefined, 4096, undefined]);
    assert.deepEqual(windows(specify('qwen2', { sliding_window: 0 })), [undefined, undefined, undefined]);
    assert.deepEqual(windows(specify('phi3')), [undefined, undefined, undefined]);
    assert.deepEqual(windows(specify('phi3', { sliding_window: 9 })), [9, 9, 9]);
    assert.deepEqual(windows(specify('qwen2', { sliding_window: 9, max_window_layers: 0 })), [
      undefined,
      undefined,
      undefined,
    ]);
    assert.deepEqual(windows(specify('gemma2', { sliding_window: 9 })), [9, undefined, 9]);
    assert.deepEqual(windows(specify('gpt_neo', { window_size: 9 })), [undefined, 9]);
    assert.deepEqual(windows(specify('gemma3_text', { num_hidden_layers: 7, sliding_window: 9 })), [
      9,
      9,
      9,
      9,
      9,
      undefined,
      9,
    ]);
  });

  it('of Gemma 3 turn by a base of their own', () => {
    assert.deepEqual(
      bases(specify('gemma3_text', { num_hidden_layers: 6, rope_theta: 2e6, rope_local_base_freq: 300 })),
      [300, 300, 300, 300, 300, 2e6],
    );
    assert.deepEqual(bases(specify('gemma3_text', { num_hidden_layers: 6 })), [1e4, 1e4, 1e4, 1e4, 1e4, 1e6]);
  });
});
