/** GPT-2 (Radford et al. 2019): learned positions, LayerNorm before each part, fused QKV, biases everywhere. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, prefixOf, unembeddingWeight } from '../architecture.ts';
import { activation, count, epsilon, only } from '../config.ts';
import type { Block, Linear, OutputPart } from '../specification.ts';

const schema = z.object({
  vocab_size: count,
  n_positions: count,
  n_embd: count,
  n_layer: count,
  n_head: count,
  activation_function: activation.default('GELU_TANH'),
  layer_norm_epsilon: epsilon.default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  add_cross_attention: only(false, 'there is no encoder to attend to'),
  tie_word_embeddings: z.boolean().default(true),
});

export default {
  name: 'GPT2',
  modelTypes: ['gpt2'],
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const prefix = prefixOf(checkpoint, 'transformer.', 'wte.weight');
    const width = config.n_embd;
    const headWidth = width / config.n_head;
    const linear = (name: string, part?: OutputPart): Linear => ({
      weight: `${name}.weight`,
      bias: `${name}.bias`,
      layout: 'in,out',
      part,
    });
    const layerNorm = (name: string) => ({
      kind: 'LAYER_NORM' as const,
      weight: `${prefix}${name}.weight`,
      bias: `${prefix}${name}.bias`,
      epsilon: config.layer_norm_epsilon,
    });
    const block = (layer: number): Block => {
      const at = `${prefix}h.${layer}`;
      const fused = (index: number) => linear(`${at}.attn.c_attn`, { start: index * width, length: width });
      const scale =
        (config.scale_attn_weights ? headWidth ** -0.5 : 1) / (config.scale_attn_by_inverse_layer_idx ? layer + 1 : 1);
      return {
        parallel: false,
        attention: {
          norm: layerNorm(`h.${layer}.ln_1`),
          query: fused(0),
          key: fused(1),
          value: fused(2),
          output: linear(`${at}.attn.c_proj`),
          scale,
        },
        mlp: {
          norm: layerNorm(`h.${layer}.ln_2`),
          input: linear(`${at}.mlp.c_fc`),
          output: linear(`${at}.mlp.c_proj`),
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
      unembedding: { norm: layerNorm('ln_f'), weight: unembeddingWeight(config.tie_word_embeddings, token) },
    };
  },
} satisfies Architecture;
