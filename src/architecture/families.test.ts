import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { readConfig } from '../checkpoint/config.ts';
import type { TensorEntry } from '../checkpoint/types.ts';
import type { Architecture } from './architecture.ts';
import { architectures, specificationOf, specificationOfConfig } from './registry.ts';
import { partialRotaryOf, type RopeConfig, ropeContextLength, ropeFields } from './rotary.ts';
import type { ModelSpecification } from './specification.ts';
import { tensorShapes } from './tensor-shapes.ts';
import { traitsOf } from './traits.ts';

type Config = Record<string, unknown>;

/** The smallest configuration of each family: everything else is what transformers takes by default. */
const decoder = {
  vocab_size: 11,
  hidden_size: 32,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
};
const gpt2 = { vocab_size: 11, n_positions: 64, n_embd: 32, n_layer: 3, n_head: 4 };
const gptNeo = { vocab_size: 11, max_position_embeddings: 64, hidden_size: 32, num_layers: 2, num_heads: 4 };
const smallest: Record<string, Config> = {
  gpt2,
  gpt_neo: { ...gptNeo, attention_types: [[['global', 'local'], 1]] },
  gpt_neox: decoder,
  gptj: { ...gpt2, rotary_dim: 4 },
  opt: decoder,
  phi: decoder,
  phi3: { ...decoder, intermediate_size: 48 },
  llama: decoder,
  mistral: decoder,
  qwen2: decoder,
  qwen3: decoder,
  gemma: decoder,
  gemma2: decoder,
  gemma3_text: decoder,
  olmo2: decoder,
  stablelm: decoder,
  attention_only: gpt2,
};

const familyOf = (type: string): Architecture => {
  const family = architectures.find(({ modelTypes }) => modelTypes.includes(type));
  assert.ok(family, `no family for ${type}`);
  return family;
};

/** Without weights: only the names in `tensors` are there, and what they are made of is not looked at. */
function specify(type: string, options: Config = {}, tensors: readonly string[] = []): ModelSpecification {
  const held = new Map(tensors.map((name) => [name, { name, dtype: 'F32', shape: [] } as unknown as TensorEntry]));
  return specificationOfConfig({ model_type: type, ...smallest[type], ...options }, 'models/small/config.json', held);
}

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

/** A specification as plain data: rotations by what they are at two lengths. */
function described(model: ModelSpecification): unknown {
  return JSON.parse(
    JSON.stringify(model, (_, value) =>
      typeof value === 'function' ? [value(8), value(4096)] : value === undefined ? null : value,
    ),
  );
}

/** Every tensor that the model reads, in its shape. */
function tensorsOf(model: ModelSpecification): Map<string, TensorEntry> {
  const tensors = new Map<string, TensorEntry>();
  for (const [name, { shape }] of tensorShapes(model, 48)) hold(tensors, name, shape);
  return tensors;
}

function hold(tensors: Map<string, TensorEntry>, name: string, shape: readonly number[]): void {
  tensors.set(name, { name, dtype: 'F32', shape, file: '/model.safetensors', offset: 0, length: 0 });
}

function open(type: string, options: Config, tensors: ReadonlyMap<string, TensorEntry>): ModelSpecification {
  const config = { model_type: type, ...smallest[type], ...options };
  return specificationOf({ folder: 'models/small', config, tensors });
}
