/** What a configuration or a checkpoint says that is not done is refused by name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Config, decoder, hold, open, smallest, specify, tensorsOf } from '../../test/support/specifications.ts';
import { specificationOf } from './registry.ts';

describe('what is not done', () => {
  const refused: [type: string, options: Config, message: RegExp][] = [
    [
      'llama',
      { rope_scaling: { type: 'proportional' } },
      /rope_scaling.*"proportional" is not supported.*default, linear, dynamic, llama3, yarn, longrope/,
    ],
    ['llama', { rope_parameters: { rope_type: 'axial' } }, /rope_parameters.*"axial" is not supported/],
    [
      'llama',
      { rope_scaling: { type: 'linear', factor: 2, beta_fast: 32 } },
      /rope_scaling: linear RoPE has no beta_fast; it has rope_type, .*factor/,
    ],
    [
      'qwen3',
      { rope_parameters: { full_attention: { rope_type: 'default' } } },
      /rope_parameters: default RoPE has no full_attention/,
    ],
    ['llama', { partial_rotary_factor: 0.5 }, /partial_rotary_factor: 0.5 is not supported/],
    [
      'llama',
      { is_causal: false },
      /is_causal: false is not supported \(positions must only look back\); supported is true/,
    ],
    ['qwen2', { is_causal: null }, /is_causal: null is not supported/],
    ['gpt_neox', { is_encoder_decoder: true }, /is_encoder_decoder: true is not supported \(there is no encoder\)/],
    ['phi', { per_layer_config: { 1: { num_key_value_heads: 4 } } }, /per_layer_config: .* supported is null/],
    [
      'gpt_neox',
      { head_dim: 16 },
      /head_dim: 16 is not supported; supported is hidden_size \/ num_attention_heads = 8/,
    ],
    ['stablelm', { head_dim: 16 }, /head_dim: 16 is not supported/],
    [
      'llama',
      { hidden_act: 'relu6' },
      /hidden_act: the activation relu6 is not supported; supported are gelu,.* tanh$/,
    ],
    ['llama', { num_local_experts: 8 }, /num_local_experts: 8 is not supported \(there is no mixture of experts\)/],
    ['gpt2', { num_experts: 8 }, /num_experts: 8 is not supported/],
    [
      'mistral',
      { sliding_window: 0 },
      /sliding_window: 0 positions leave block 0 nothing to see; it must be 1 or more/,
    ],
    ['qwen3', { use_sliding_window: true, sliding_window: 0, max_window_layers: 2 }, /sliding_window: 0 .* block 2/],
    ['mistral', { attention_bias: true }, /attention_bias: true is not supported/],
    [
      'qwen2',
      { layer_types: ['linear_attention', 'full_attention', 'full_attention'] },
      /layer_types.*"linear_attention" is not supported; supported are full_attention, sliding_attention/,
    ],
    [
      'qwen2',
      { layer_types: ['full_attention'] },
      /layer_types: it names 1 blocks, the model has num_hidden_layers = 3/,
    ],
    [
      'qwen2',
      { layer_types: ['full_attention', 'full_attention', 'sliding_attention'] },
      /sliding_window: block 2 has sliding attention but no window is set/,
    ],
    ['gemma', { use_bidirectional_attention: true }, /use_bidirectional_attention: true is not supported/],
    ['gemma2', { hidden_activation: 'mish' }, /hidden_activation: the activation mish is not supported/],
    ['gemma2', { sliding_window: null }, /sliding_window/],
    ['gemma2', { hidden_act: 'relu' }, /hidden_act: RELU is not supported beside hidden_activation = GELU_TANH/],
    ['gemma', { hidden_activation: 'relu' }, /hidden_act: GELU_TANH is not supported beside hidden_activation = RELU/],
    ['gemma3_text', { attn_logit_softcapping: 50 }, /attn_logit_softcapping: 50 is not supported/],
    [
      'gemma3_text',
      { rope_parameters: { rope_type: 'default', rope_theta: 1000 } },
      /rope_parameters: it must have parameters for full_attention and sliding_attention/,
    ],
    ['gemma3_text', { rope_scaling: { type: 'linear', factor: 8 } }, /rope_parameters: default RoPE has no factor/],
    ['gemma3_text', { partial_rotary_factor: 0.5 }, /partial_rotary_factor: 0.5 is not supported/],
    [
      'phi3',
      { rope_scaling: { type: 'linear', factor: 2 } },
      /linear is not supported in Phi-3; supported are default, longrope/,
    ],
    [
      'phi3',
      { rope_scaling: { type: 'longrope', short_factor: [1, 1], long_factor: [1, 1, 1, 1] } },
      /short_factor: it has 2 values where heads rotate 4 pairs/,
    ],
    ['phi3', { lm_head_bias: true }, /lm_head_bias: true is not supported/],
    ['opt', { word_embed_proj_dim: 0 }, /word_embed_proj_dim/],
    ['gptj', { rotary_dim: 16 }, /rotary_dim: 16 dimensions/],
    ['gptj', { rotary_dim: null }, /rotary_dim/],
    ['gptj', { rotary: false }, /rotary: false is not supported/],
    ['gptj', { scale_attn_weights: false }, /scale_attn_weights: false is not supported/],
    ['llama', { rope_interleaved: true }, /rope_interleaved: true is not supported/],
    ['qwen2', { use_mrope: true }, /use_mrope: true is not supported/],
    ['phi3', { full_attn_mod: 2 }, /full_attn_mod: 2 is not supported/],
    ['phi3', { interpolate_factor: 2 }, /interpolate_factor: 2 is not supported/],
    [
      'gpt_neo',
      { attention_types: [[['global', 'sparse'], 1]] },
      /attention_types.*"sparse" is not supported; supported are global, local/,
    ],
    [
      'gpt_neo',
      { attention_types: [[['global'], 3]] },
      /attention_types: it describes 3 blocks, the model has num_layers = 2/,
    ],
    ['gpt_neox', { rotary_pct: 0.1 }, /rotates 0 dimensions/],
    ['gpt2', { add_cross_attention: true }, /add_cross_attention: true is not supported/],
    ['stablelm', { partial_rotary_factor: 0.4 }, /rotates 3 dimensions of a head, which are no pairs/],
  ];
  for (const [type, options, message] of refused)
    it(`is refused by name: ${type} with ${JSON.stringify(options)}`, () => {
      assert.throws(() => specify(type, options), { code: 'CHECKPOINT', message });
      assert.throws(() => specify(type, options), { message: /^models\/small\/config\.json: / });
    });

  it('includes model types of other families, by name', () => {
    for (const type of ['mixtral', 'qwen3_moe', 'mamba', 'gemma3'])
      assert.throws(
        () => specificationOf({ folder: 'models/small', config: { model_type: type }, tensors: new Map() }),
        {
          code: 'CHECKPOINT',
          message: new RegExp(`model_type "${type}" is not supported; supported are .*gpt_neox.*qwen3`),
        },
      );
  });

  it('includes biases that the model as configured would leave out', () => {
    const config = { ...decoder, tie_word_embeddings: true };
    const tensors = tensorsOf(specify('llama', { ...config, attention_bias: true }, ['model.embed_tokens.weight']));
    assert.throws(() => open('llama', config, tensors), {
      code: 'CHECKPOINT',
      message:
        /tensor model\.layers\.0\.self_attn\.q_proj\.bias is there, which a LLAMA model as configured does not read/,
    });
    assert.doesNotThrow(() => open('llama', { ...config, attention_bias: true }, tensors));
  });

  const unread: [type: string, name: string, shape: readonly number[], why: string][] = [
    ['llama', 'model.layers.0.self_attn.q_proj.lora_A.weight', [4, 32], 'an adapter that was not merged'],
    ['llama', 'model.layers.3.self_attn.q_proj.weight', [32, 32], 'a block more than the configuration says'],
    ['llama', 'model.layers.0.mlp.up_proj.weight_scale', [1], 'the scale of a quantised weight'],
    ['llama', 'model.layers.1.self_attn.q_norm.weight', [8], 'a norm that the family does not have'],
    ['gpt2', 'wte.weight', [11, 32], 'a second embedding'],
    ['gpt2', 'transformer.h.0.attn.bias', [32], 'a bias by the name of a mask'],
    ['opt', 'lm_head.bias', [11], "a bias that transformers' class does not have"],
  ];
  for (const [type, name, shape, why] of unread)
    it(`includes ${why}: ${name}`, () => {
      const tensors = tensorsOf(specify(type, {}, ['model.embed_tokens.weight', 'transformer.wte.weight']));
      assert.doesNotThrow(() => open(type, {}, tensors));
      hold(tensors, name, shape);
      assert.throws(() => open(type, {}, tensors), {
        code: 'CHECKPOINT',
        message: new RegExp(`tensor ${RegExp.escape(name)} is there, which an? \\w+ model as configured does not read`),
      });
    });

  it('includes a bias of the unembedding in every family that has none, tied or not', () => {
    for (const type of Object.keys(smallest)) {
      for (const tied of [true, false]) {
        const options = { tie_word_embeddings: tied };
        const model = specify(type, options);
        const tensors = tensorsOf(model);
        const already = model.unembedding.bias;
        hold(tensors, 'lm_head.bias', [11]);
        if (already === 'lm_head.bias') assert.doesNotThrow(() => open(type, options, tensors));
        else assert.throws(() => open(type, options, tensors), { code: 'CHECKPOINT', message: /tensor lm_head\.bias/ });
      }
    }
  });
});

describe('what files of the hub hold beside weights', () => {
  const beside: [type: string, holds: Record<string, readonly number[]>][] = [
    ['gpt2', { 'h.0.attn.bias': [1, 1, 64, 64], 'h.0.attn.masked_bias': [], 'v_head.summary.weight': [1, 32] }],
    ['gptj', { 'h.2.attn.bias': [1, 1, 64, 64], 'h.2.attn.masked_bias': [] }],
    ['gpt_neo', { 'h.1.attn.attention.bias': [1, 1, 64, 64], 'h.1.attn.attention.masked_bias': [] }],
    [
      'gpt_neox',
      {
        'layers.0.attention.bias': [1, 1, 64, 64],
        'layers.0.attention.masked_bias': [],
        'layers.0.attention.rotary_emb.inv_freq': [1],
      },
    ],
    [
      'llama',
      { 'layers.0.self_attn.rotary_emb.inv_freq': [4], 'rotary_emb.inv_freq': [4], 'lm_head.weight': [11, 32] },
    ],
    ['opt', { version: [1], 'lm_head.weight': [11, 32] }],
    ['gemma3_text', { 'vision_tower.vision_model.encoder.layers.0.mlp.fc1.bias': [8], 'lm_head.weight': [11, 32] }],
    ['gemma3_text', { 'multi_modal_projector.mm_input_projection_weight': [8, 32] }],
  ];
  const embeddings = [
    'model.embed_tokens.weight',
    'model.decoder.embed_tokens.weight',
    'transformer.wte.weight',
    'gpt_neox.embed_in.weight',
  ];
  for (const [type, holds] of beside)
    it(`is left alone where it changes nothing: ${type} with ${Object.keys(holds).join(', ')}`, () => {
      const tensors = tensorsOf(specify(type, {}, embeddings));
      const [prefix = ''] =
        /^.*\.(?=embed_tokens|wte|embed_in)/.exec(specify(type, {}, embeddings).embedding.token) ?? [];
      for (const [name, shape] of Object.entries(holds)) {
        const whole = /^(lm_head|v_head|vision_tower|multi_modal)/.test(name);
        hold(tensors, whole ? name : `${prefix}${name}`, shape);
      }
      assert.doesNotThrow(() => open(type, {}, tensors));
    });
});
