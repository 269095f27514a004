/** Llama (Touvron et al. 2023): RMSNorm, rotary positions, gated MLP, key/value heads shared by groups of query heads. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, prefixOf, unembeddingWeight } from '../architecture.ts';
import { activation, count, epsilon } from '../config.ts';
import { ropeFields, rotaryOf } from '../rotary.ts';
import type { Block, Linear } from '../specification.ts';

const schema = z.object({
  vocab_size: count,
  max_position_embeddings: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  hidden_act: activation.default('SILU'),
  rms_norm_eps: epsilon.default(1e-6),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(false),
  ...ropeFields,
});

export default {
  name: 'LLAMA',
  modelTypes: ['llama'],
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const prefix = prefixOf(checkpoint, 'model.', 'embed_tokens.weight');
    const headCount = config.num_attention_heads;
    const headWidth = config.head_dim ?? config.hidden_size / headCount;
    const linear = (name: string, biased: boolean): Linear => ({
      weight: `${name}.weight`,
      bias: biased ? `${name}.bias` : undefined,
      layout: 'out,in',
    });
    const norm = (name: string) => ({
      kind: 'RMS_NORM' as const,
      weight: `${prefix}${name}.weight`,
      epsilon: config.rms_norm_eps,
    });
    const rotary = rotaryOf(config, headWidth);
    const block = (layer: number): Block => {
      const at = `${prefix}layers.${layer}`;
      return {
        parallel: false,
        attention: {
          norm: norm(`layers.${layer}.input_layernorm`),
          query: linear(`${at}.self_attn.q_proj`, config.attention_bias),
          key: linear(`${at}.self_attn.k_proj`, config.attention_bias),
          value: linear(`${at}.self_attn.v_proj`, config.attention_bias),
          output: linear(`${at}.self_attn.o_proj`, config.attention_bias),
          rotary,
          scale: headWidth ** -0.5,
        },
        mlp: {
          norm: norm(`layers.${layer}.post_attention_layernorm`),
          input: linear(`${at}.mlp.up_proj`, config.mlp_bias),
          gate: linear(`${at}.mlp.gate_proj`, config.mlp_bias),
          output: linear(`${at}.mlp.down_proj`, config.mlp_bias),
          activation: config.hidden_act,
        },
      };
    };
    const token = `${prefix}embed_tokens.weight`;
    return {
      architecture: 'LLAMA',
      width: config.hidden_size,
      layerCount: config.num_hidden_layers,
      headCount,
      keyValueHeadCount: config.num_key_value_heads ?? headCount,
      headWidth,
      vocabularySize: config.vocab_size,
      contextLength: config.max_position_embeddings,
      embedding: { token },
      blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
      unembedding: { norm: norm('norm'), weight: unembeddingWeight(config.tie_word_embeddings, token) },
    };
  },
} satisfies Architecture;
