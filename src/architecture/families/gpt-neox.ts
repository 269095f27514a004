/** GPT-NeoX (Black et al. 2022), also Pythia: attention and MLP beside or after each other, part of each head rotated. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, prefixOf, unembeddingWeight } from '../architecture.ts';
import { activation, count, epsilon, layerCount, widthCount } from '../config.ts';
import { sharedHeadWidthOf } from '../decoder.ts';
import { layerNorm, linear } from '../parts.ts';
import { partialRotaryOf, ropeContextLength, ropeFields } from '../rotary.ts';
import type { Block } from '../specification.ts';

/** The base and the share of the rotation have names of their own. */
const { rope_theta: _, partial_rotary_factor: __, ...neoxRopeFields } = ropeFields;

const schema = z.object({
  vocab_size: count,
  hidden_size: widthCount,
  num_hidden_layers: layerCount,
  num_attention_heads: widthCount,
  head_dim: widthCount.nullish(),
  hidden_act: activation.default('GELU'),
  layer_norm_eps: epsilon.default(1e-5),
  use_parallel_residual: z.boolean().default(true),
  attention_bias: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(false),
  rotary_emb_base: z.number().positive().default(10_000),
  rotary_pct: z.number().positive().max(1).default(0.25),
  ...neoxRopeFields,
  max_position_embeddings: count.default(2048),
});

export default {
  name: 'GPT_NEOX',
  modelTypes: ['gpt_neox'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const prefix = prefixOf(checkpoint, 'gpt_neox.', 'embed_in.weight');
    const norm = (name: string) => layerNorm(`${prefix}${name}`, config.layer_norm_eps);
    const headWidth = sharedHeadWidthOf(checkpoint, config);
    const rope = { ...config, rope_theta: config.rotary_emb_base, partial_rotary_factor: config.rotary_pct };
    const rotary = partialRotaryOf(checkpoint, rope, headWidth);
    const block = (layer: number): Block => {
      const at = `${prefix}layers.${layer}`;
      const fused = (index: number) =>
        linear(`${at}.attention.query_key_value`, config.attention_bias, { count: 3, index, width: headWidth });
      return {
        parallel: config.use_parallel_residual,
        attention: {
          norm: norm(`layers.${layer}.input_layernorm`),
          query: fused(0),
          key: fused(1),
          value: fused(2),
          output: linear(`${at}.attention.dense`, config.attention_bias),
          rotary,
          scale: headWidth ** -0.5,
        },
        mlp: {
          norm: norm(`layers.${layer}.post_attention_layernorm`),
          input: linear(`${at}.mlp.dense_h_to_4h`, true),
          output: linear(`${at}.mlp.dense_4h_to_h`, true),
          activation: config.hidden_act,
        },
      };
    };
    const token = `${prefix}embed_in.weight`;
    const own = checkpoint.tensors.has('lm_head.weight') ? 'lm_head.weight' : 'embed_out.weight';
    return {
      architecture: 'GPT_NEOX',
      width: config.hidden_size,
      layerCount: config.num_hidden_layers,
      headCount: config.num_attention_heads,
      keyValueHeadCount: config.num_attention_heads,
      headWidth,
      vocabularySize: config.vocab_size,
      contextLength: ropeContextLength(rope),
      embedding: { token },
      blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
      unembedding: {
        norm: norm('final_layer_norm'),
        weight: unembeddingWeight(checkpoint, config.tie_word_embeddings, token, own),
      },
    };
  },
} satisfies Architecture;
