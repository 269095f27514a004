import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Config, specify } from '../../test/support/specifications.ts';
import type { ModelSpecification } from './specification.ts';

describe('the two spellings of a configuration', () => {
  const same = (type: string, old: Config, current: Config) =>
    assert.deepEqual(described(specify(type, old)), described(specify(type, current)));

  it('say the same RoPE base and scaling', () => {
    const scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 };
    same(
      'llama',
      { rope_theta: 5e5, rope_scaling: { type: 'llama3', ...scaling } },
      { rope_parameters: { rope_type: 'llama3', rope_theta: 5e5, ...scaling } },
    );
    same(
      'llama',
      { rope_theta: 500, rope_scaling: null },
      { rope_parameters: { rope_type: 'default', rope_theta: 500 } },
    );
    same('llama', {}, { rope_parameters: { rope_type: 'default', rope_theta: 10_000 } });
    same('llama', { rope_scaling: {}, rope_parameters: { rope_theta: 500 } }, { rope_theta: 500 });
  });

  it('say the same share of rotated dimensions', () => {
    same(
      'gpt_neox',
      { rotary_pct: 0.5, rotary_emb_base: 500 },
      { rope_parameters: { rope_type: 'default', rope_theta: 500, partial_rotary_factor: 0.5 } },
    );
    for (const type of ['phi', 'stablelm', 'phi3'])
      same(
        type,
        { rope_theta: 500, partial_rotary_factor: 0.75 },
        { rope_parameters: { rope_type: 'default', rope_theta: 500, partial_rotary_factor: 0.75 } },
      );
    assert.equal(specify('gpt_neox').blocks[0]?.attention.rotary?.dimensions, 2);
    assert.equal(specify('stablelm').blocks[0]?.attention.rotary?.dimensions, 2);
    assert.equal(specify('phi').blocks[0]?.attention.rotary?.dimensions, 4);
    assert.equal(specify('phi3').blocks[0]?.attention.rotary?.dimensions, 8);
  });

  it('say the same LongRoPE under the names that early Phi-3 checkpoints gave it', () => {
    const factors = { short_factor: [1, 1.1, 1.2, 1.3], long_factor: [2, 3, 4, 5] };
    const lengths = { original_max_position_embeddings: 16 };
    for (const type of ['su', 'yarn'])
      same(
        'phi3',
        { ...lengths, rope_scaling: { type, ...factors } },
        { ...lengths, rope_parameters: { rope_type: 'longrope', ...factors } },
      );
  });

  it('say the same windows', () => {
    same(
      'qwen2',
      { use_sliding_window: true, sliding_window: 5, max_window_layers: 1 },
      {
        use_sliding_window: true,
        sliding_window: 5,
        layer_types: ['full_attention', 'sliding_attention', 'sliding_attention'],
      },
    );
    same(
      'gemma2',
      { sliding_window: 5 },
      { sliding_window: 5, layer_types: ['sliding_attention', 'full_attention', 'sliding_attention'] },
    );
    same(
      'gemma3_text',
      {
        sliding_window: 5,
        sliding_window_pattern: 2,
        rope_theta: 5000,
        rope_local_base_freq: 50,
        rope_scaling: { rope_type: 'linear', factor: 8 },
      },
      {
        sliding_window: 5,
        layer_types: ['sliding_attention', 'full_attention', 'sliding_attention'],
        rope_parameters: {
          full_attention: { rope_type: 'linear', factor: 8, rope_theta: 5000 },
          sliding_attention: { rope_type: 'default', rope_theta: 50 },
        },
      },
    );
    same('gpt_neo', { attention_types: [[['global', 'local'], 1]] }, { attention_layers: ['global', 'local'] });
  });

  it('say the same of a scaling beside the parameters of Gemma 3 for each kind of block', () => {
    const sliding_attention = { rope_type: 'default', rope_theta: 50 };
    same(
      'gemma3_text',
      {
        rope_scaling: { rope_type: 'linear', factor: 8 },
        rope_parameters: { full_attention: { rope_type: 'default', rope_theta: 5000 }, sliding_attention },
      },
      { rope_parameters: { full_attention: { rope_type: 'linear', rope_theta: 5000, factor: 8 }, sliding_attention } },
    );
  });

  it('say the same shape; where they contradict each other, that of all families counts', () => {
    const shape = { max_position_embeddings: 40, hidden_size: 48, num_hidden_layers: 2, num_attention_heads: 6 };
    for (const type of ['gpt2', 'gptj']) same(type, shape, { n_positions: 40, n_embd: 48, n_layer: 2, n_head: 6 });
    const counts = { num_hidden_layers: 4, num_attention_heads: 8 };
    const attention_types = [[['global', 'local'], 2]];
    same('gpt_neo', { ...counts, attention_types }, { num_layers: 4, num_heads: 8, attention_types });
  });

  it('say the same type, to which Gemma rounds the factor of its embedding', () => {
    const scaleOf = (options: Config) => specify('gemma', { hidden_size: 3072, ...options }).embedding.scale;
    assert.equal(scaleOf({ torch_dtype: 'bfloat16' }), 55.5);
    assert.equal(scaleOf({ dtype: 'bfloat16' }), 55.5);
    assert.equal(scaleOf({ dtype: 'float16' }), 55.4375);
    assert.equal(scaleOf({ dtype: 'float32' }), Math.fround(Math.sqrt(3072)));
    assert.equal(scaleOf({}), Math.fround(Math.sqrt(3072)));
    assert.equal(specify('llama').embedding.scale, undefined);
  });
});

/** A specification as plain data: rotations by what they are at two lengths. */
function described(model: ModelSpecification): unknown {
  return JSON.parse(
    JSON.stringify(model, (_, value) =>
      typeof value === 'function' ? [value(8), value(4096)] : value === undefined ? null : value,
    ),
  );
}
