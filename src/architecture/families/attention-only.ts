/**
 * Attention-only transformers (Elhage et al. 2021, A Mathematical Framework for Transformer Circuits): GPT-2 without its
 * MLPs, on request without norms and without position embeddings. Tensors are named as in GPT-2.
 */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, prefixOf, unembeddingWeight } from '../architecture.ts';
import { count, epsilon, layerCount, widthCount } from '../config.ts';
import { conv1d, layerNorm } from '../parts.ts';
import type { Block } from '../specification.ts';

const schema = z.object({
  vocab_size: count,
  n_positions: count,
  n_embd: widthCount,
  n_layer: layerCount,
  n_head: widthCount,
  layer_norm: z.boolean().default(true),
  layer_norm_epsilon: epsilon.default(1e-5),
  positional_embedding: z.boolean().default(true),
  /** Of queries, keys, values and outputs. */
  attention_bias: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(true),
});

export default {
  name: 'ATTENTION_ONLY',
  modelTypes: ['attention_only'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const prefix = prefixOf(checkpoint, 'transformer.', 'wte.weight');
    const width = config.n_embd;
    const headWidth = width / config.n_head;
    const norm = (name: string) =>
      config.layer_norm ? layerNorm(`${prefix}${name}`, config.layer_norm_epsilon) : undefined;
    const block = (layer: number): Block => {
      const at = `${prefix}h.${layer}.attn`;
      const fused = (index: number) =>
        conv1d(`${at}.c_attn`, config.attention_bias, { start: index * width, length: width });
      return {
        parallel: false,
        attention: {
          norm: norm(`h.${layer}.ln_1`),
          query: fused(0),
          key: fused(1),
          value: fused(2),
          output: conv1d(`${at}.c_proj`, config.attention_bias),
          scale: headWidth ** -0.5,
        },
      };
    };
    const token = `${prefix}wte.weight`;
    return {
      architecture: 'ATTENTION_ONLY',
      width,
      layerCount: config.n_layer,
      headCount: config.n_head,
      keyValueHeadCount: config.n_head,
      headWidth,
      vocabularySize: config.vocab_size,
      contextLength: config.n_positions,
      embedding: {
        token,
        position: config.positional_embedding ? { weight: `${prefix}wpe.weight`, offset: 0 } : undefined,
      },
      blocks: Array.from({ length: config.n_layer }, (_, layer) => block(layer)),
      unembedding: { norm: norm('ln_f'), weight: unembeddingWeight(checkpoint, config.tie_word_embeddings, token) },
    };
  },
} satisfies Architecture;
