import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { type Config, specify } from '../../test/support/specifications.ts';
import { readConfig } from '../checkpoint/config.ts';
import { partialRotaryOf, type RopeConfig, ropeContextLength, ropeFields } from './rotary.ts';

/*
 * The values are those of transformers 5.23.0, by this script (torch 2.13, float32):
 *
 *   import torch
 *   from transformers import LlamaConfig, Phi3Config
 *   from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
 *   from transformers.models.phi3.modeling_phi3 import Phi3RotaryEmbedding
 *   size = dict(hidden_size=32, num_attention_heads=4)
 *   def show(config, *lengths):
 *       for length in lengths:
 *           rope = (Phi3RotaryEmbedding if isinstance(config, Phi3Config) else LlamaRotaryEmbedding)(config)
 *           rope(torch.zeros(1), torch.arange(length)[None])
 *           print(length, rope.inv_freq.tolist(), rope.attention_scaling)
 *   def llama(maximum, **rope):
 *       show(LlamaConfig(**size, max_position_embeddings=maximum, rope_parameters=dict(rope_theta=10000.0, **rope)), 8)
 *   llama(64, rope_type='default')
 *   llama(64, rope_type='linear', factor=4.0)
 *   show(LlamaConfig(**size, max_position_embeddings=64,
 *        rope_parameters=dict(rope_theta=10000.0, rope_type='dynamic', factor=2.0)), 64, 100)
 *   llama(16384, rope_type='llama3', factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
 *         original_max_position_embeddings=2048)
 *   llama(16384, rope_type='yarn', factor=8.0, original_max_position_embeddings=2048)
 *   llama(16384, rope_type='yarn', factor=8.0, original_max_position_embeddings=2048, beta_fast=8, beta_slow=2,
 *         mscale=0.8, mscale_all_dim=0.5, truncate=False)
 *   show(Phi3Config(**size, max_position_embeddings=64, original_max_position_embeddings=16, pad_token_id=None,
 *        rope_parameters=dict(rope_theta=10000.0, rope_type='longrope', original_max_position_embeddings=16,
 *        short_factor=[1.0, 1.1, 1.2, 1.3], long_factor=[1.5, 2.0, 3.0, 4.0])), 16, 17)
 */
describe('RoPE frequencies', () => {
  const rotary = (maximum: number, parameters: Config) => {
    const config: RopeConfig = readConfig(
      { max_position_embeddings: maximum, rope_parameters: { rope_theta: 10_000, ...parameters } },
      z.object(ropeFields),
      'config.json',
    );
    const file = 'config.json';
    return { ...partialRotaryOf({ config, file, tensors: new Map() }, config, 8), length: ropeContextLength(config) };
  };
  const agree = (actual: readonly number[], expected: readonly number[]) => {
    assert.equal(actual.length, expected.length);
    for (const [pair, frequency] of expected.entries())
      assert.ok(Math.abs((actual[pair] ?? Number.NaN) / frequency - 1) < 3e-7, `${actual} is not ${expected}`);
  };

  it('without scaling', () => {
    const { frequencies, magnitude } = rotary(64, { rope_type: 'default' });
    agree(frequencies(8), [1.0, 0.10000000149011612, 0.009999999776482582, 0.0010000000474974513]);
    assert.equal(magnitude, 1);
  });

  it('with linear scaling', () => {
    const { frequencies } = rotary(64, { rope_type: 'linear', factor: 4 });
    agree(frequencies(8), [0.25, 0.02500000037252903, 0.0024999999441206455, 0.0002500000118743628]);
  });

  it('with dynamic scaling, only beyond the context of training', () => {
    const { frequencies, length } = rotary(64, { rope_type: 'dynamic', factor: 2 });
    agree(frequencies(64), [1.0, 0.10000000149011612, 0.009999999776482582, 0.0010000000474974513]);
    agree(frequencies(100), [1.0, 0.07778222113847733, 0.006050074007362127, 0.00047058824566192925]);
    assert.equal(length, 128);
  });

  it('with the scaling of Llama 3', () => {
    const { frequencies, length } = rotary(16_384, {
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 2048,
    });
    agree(frequencies(8), [1.0, 0.10000000149011612, 0.007840188220143318, 0.0001250000059371814]);
    assert.equal(length, 16_384);
  });

  it('with YaRN', () => {
    const yarn = { rope_type: 'yarn', factor: 8, original_max_position_embeddings: 2048 };
    const byDefault = rotary(16_384, yarn);
    agree(byDefault.frequencies(8), [1.0, 0.10000000149011612, 0.005624999757856131, 0.0001250000059371814]);
    agree([byDefault.magnitude], [1.2079441541679836]);
    const tuned = rotary(16_384, {
      ...yarn,
      beta_fast: 8,
      beta_slow: 2,
      mscale: 0.8,
      mscale_all_dim: 0.5,
      truncate: false,
    });
    agree(tuned.frequencies(8), [1.0, 0.10000000149011612, 0.004332833923399448, 0.0001250000059371814]);
    agree([tuned.magnitude], [1.0565079928608092]);
    assert.equal(rotary(2048, yarn).length, 16_384);
    assert.equal(rotary(16_384, { ...yarn, attention_factor: 1.5 }).magnitude, 1.5);
  });

  it('with LongRoPE, short and long by the length of the prompt', () => {
    const { frequencies, magnitude } = rotary(64, {
      rope_type: 'longrope',
      original_max_position_embeddings: 16,
      short_factor: [1, 1.1, 1.2, 1.3],
      long_factor: [1.5, 2, 3, 4],
    });
    agree(frequencies(16), [1.0, 0.09090909361839294, 0.00833333283662796, 0.0007692307699471712]);
    agree(frequencies(17), [0.6666666865348816, 0.05000000074505806, 0.0033333334140479565, 0.0002500000118743628]);
    agree([magnitude], [1.224744871391589]);
  });

  it('of neighbouring dimensions in GPT-J, of halves elsewhere', () => {
    assert.equal(specify('gptj').blocks[0]?.attention.rotary?.pairs, 'INTERLEAVED');
    assert.equal(specify('gpt_neox').blocks[0]?.attention.rotary?.pairs, 'HALF');
  });
});
