/** GPT-2 (Radford et al. 2019): learned positions, LayerNorm before each part, fused QKV, biases everywhere. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, prefixOf, unembeddingWeight } from '../architecture.ts';
import { activation, count, epsilon, gpt2Aliases, layerCount, widthCount } from '../config.ts';
import { conv1d, layerNorm } from '../parts.ts';
import type { Block } from '../specification.ts';

const schema = z.object({
  vocab_size: count,
  n_positions: count.default(1024),
  n_embd: widthCount,
  n_layer: layerCount,
  n_head: widthCount,
  activation_function: activation.default('GELU_TANH'),
  layer_norm_epsilon: epsilon.default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
});

export default {
  name: 'GPT2',
  modelTypes: ['gpt2'],
  schema,
  aliases: gpt2Aliases,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const prefix = prefixOf(checkpoint, 'transformer.', 'wte.weight');
    const width = config.n_embd;
    const headWidth = width / config.n_head;
    const norm = (name: string) => layerNorm(`${prefix}${name}`, config.layer_norm_epsilon);
    const block = (layer: number): Block => {
      const at = `${prefix}h.${layer}`;
      const fused = (index: number) => conv1d(`${at}.attn.c_attn`, true, { start: index * width, length: width });
      const scale =
        (config.scale_attn_weights ? headWidth ** -0.5 : 1) / (config.scale_attn_by_inverse_layer_idx ? layer + 1 : 1);
      return {
        parallel: false,
        attention: {
          norm: norm(`h.${layer}.ln_1`),
          query: fused(0),
          key: fused(1),
          value: fused(2),
          output: conv1d(`${at}.attn.c_proj`, true),
          scale,
        },
        mlp: {
          norm: norm(`h.${layer}.ln_2`),
          input: conv1d(`${at}.mlp.c_fc`, true),
          output: conv1d(`${at}.mlp.c_proj`, true),
          activation: config.activation_function,
        },
      };
    };
    const token = `${prefix}wte.weight`;
    return {
      architecture: 'GPT2',
      width,
      layerCount: config.n_layer,
      headCount: config.n_head,
      keyValueHeadCount: config.n_head,
      headWidth,
      vocabularySize: config.vocab_size,
      contextLength: config.n_positions,
      embedding: { token, position: { weight: `${prefix}wpe.weight`, offset: 0 } },
      blocks: Array.from({ length: config.n_layer }, (_, layer) => block(layer)),
      unembedding: { norm: norm('ln_f'), weight: unembeddingWeight(checkpoint, config.tie_word_embeddings, token) },
    };
  },
} satisfies Architecture;
