import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Config, smallest, specify } from '../../test/support/specifications.ts';
import { traitsOf } from './traits.ts';

describe('traits', () => {
  const traits = (type: string, options?: Config) => traitsOf(specify(type, options));

  it('tell where the norms are, and of which kind', () => {
    const placements = Object.fromEntries(
      Object.keys(smallest).map((type) => [type, `${traits(type).normPlacement} ${traits(type).norm}`]),
    );
    assert.deepEqual(placements, {
      gpt2: 'PRE LAYER_NORM',
      gpt_neo: 'PRE LAYER_NORM',
      gpt_neox: 'PRE LAYER_NORM',
      gptj: 'PRE LAYER_NORM',
      opt: 'PRE LAYER_NORM',
      phi: 'PRE LAYER_NORM',
      phi3: 'PRE RMS_NORM',
      llama: 'PRE RMS_NORM',
      mistral: 'PRE RMS_NORM',
      qwen2: 'PRE RMS_NORM',
      qwen3: 'PRE RMS_NORM',
      gemma: 'PRE RMS_NORM',
      gemma2: 'SANDWICH RMS_NORM',
      gemma3_text: 'SANDWICH RMS_NORM',
      olmo2: 'POST RMS_NORM',
      stablelm: 'PRE LAYER_NORM',
      attention_only: 'PRE LAYER_NORM',
    });
    const post = traits('opt', { do_layer_norm_before: false });
    assert.deepEqual([post.normPlacement, post.norm], ['POST', 'LAYER_NORM']);
    assert.equal(traits('attention_only', { layer_norm: false }).norm, 'NONE');
    assert.equal(traits('attention_only', { layer_norm: false }).normPlacement, 'NONE');
  });

  it('tell which blocks are parallel', () => {
    const parallel = Object.keys(smallest).filter((type) => traits(type).parallelBlocks);
    assert.deepEqual(parallel, ['gpt_neox', 'gptj', 'phi']);
    assert.equal(traits('gpt_neox', { use_parallel_residual: false }).parallelBlocks, false);
    assert.equal(traits('stablelm', { use_parallel_residual: true }).parallelBlocks, true);
  });

  it('tell which MLPs are gated, and their activation', () => {
    const gated = Object.keys(smallest).filter((type) => traits(type).gatedMlp);
    const llamaLike = [
      'phi3',
      'llama',
      'mistral',
      'qwen2',
      'qwen3',
      'gemma',
      'gemma2',
      'gemma3_text',
      'olmo2',
      'stablelm',
    ];
    assert.deepEqual(gated, llamaLike);
    const activations = Object.keys(smallest).map((type) => `${type} ${traits(type).activation}`);
    assert.deepEqual(activations, [
      'gpt2 GELU_TANH',
      'gpt_neo GELU_TANH',
      'gpt_neox GELU',
      'gptj GELU_TANH',
      'opt RELU',
      'phi GELU_TANH',
      'phi3 SILU',
      'llama SILU',
      'mistral SILU',
      'qwen2 SILU',
      'qwen3 SILU',
      'gemma GELU_TANH',
      'gemma2 GELU_TANH',
      'gemma3_text GELU_TANH',
      'olmo2 SILU',
      'stablelm SILU',
      'attention_only null',
    ]);
    assert.equal(traits('gemma', { hidden_act: 'gelu' }).activation, 'GELU_TANH');
    assert.equal(traits('llama', { hidden_act: 'gelu' }).activation, 'GELU');
  });

  it('tell of normed queries and keys, and over what', () => {
    assert.equal(traits('llama').queryKeyNormOver, null);
    assert.equal(traits('qwen3').queryKeyNormOver, 'HEAD');
    assert.equal(traits('gemma3_text').queryKeyNormOver, 'HEAD');
    assert.equal(traits('olmo2').queryKeyNormOver, 'ALL_HEADS');
    for (const type of ['phi', 'stablelm']) {
      assert.equal(traits(type).queryKeyNorm, false);
      assert.equal(traits(type, { qk_layernorm: true }).queryKeyNormOver, 'HEAD');
    }
  });

  it('tell of softcaps, positions and grouped heads', () => {
    assert.deepEqual([traits('gemma2').attentionSoftcap, traits('gemma2').logitSoftcap], [50, 30]);
    assert.equal(traits('gemma2', { attn_logit_softcapping: null }).attentionSoftcap, null);
    assert.equal(traits('gemma3_text').logitSoftcap, null);
    const learned = Object.keys(smallest).filter((type) => traits(type).positions === 'LEARNED');
    assert.deepEqual(learned, ['gpt2', 'gpt_neo', 'opt', 'attention_only']);
    assert.equal(traits('attention_only', { positional_embedding: false }).positions, 'NONE');
    assert.equal(traits('llama').groupedHeads, true);
    assert.equal(traits('llama', { num_key_value_heads: null }).groupedHeads, false);
  });
});
