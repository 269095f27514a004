/** GPT-J (Wang & Komatsuzaki 2021): attention and MLP read the same normed stream; neighbouring dimensions rotate. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, prefixOf, refuse, unembeddingWeight } from '../architecture.ts';
import { activation, count, epsilon, gpt2Aliases, layerCount, only, widthCount } from '../config.ts';
import { layerNorm, linear, projections } from '../parts.ts';
import { rotaryFrequencies } from '../rotary.ts';
import type { Block, Rotary } from '../specification.ts';

const schema = z.object({
  vocab_size: count,
  n_positions: count.default(2048),
  n_embd: widthCount,
  n_layer: layerCount,
  n_head: widthCount,
  rotary_dim: widthCount.default(64),
  rotary: only(true, 'GPT-J has no other positions'),
  scale_attn_weights: only(true, "GPT-J's scores are scaled"),
  activation_function: activation.default('GELU_TANH'),
  layer_norm_epsilon: epsilon.default(1e-5),
  tie_word_embeddings: z.boolean().default(false),
});

export default {
  name: 'GPTJ',
  modelTypes: ['gptj'],
  schema,
  aliases: gpt2Aliases,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const prefix = prefixOf(checkpoint, 'transformer.', 'wte.weight');
    const norm = (name: string) => layerNorm(`${prefix}${name}`, config.layer_norm_epsilon);
    const headWidth = config.n_embd / config.n_head;
    const dimensions = config.rotary_dim;
    if (dimensions > headWidth || dimensions % 2 !== 0)
      refuse(checkpoint, 'rotary_dim', `${dimensions} dimensions are no pairs within heads of width ${headWidth}`);
    const frequencies = rotaryFrequencies(10_000, dimensions);
    const rotary: Rotary = { dimensions, pairs: 'INTERLEAVED', frequencies: () => frequencies, magnitude: 1 };
    const block = (layer: number): Block => {
      const at = `${prefix}h.${layer}`;
      return {
        parallel: true,
        attention: {
          norm: norm(`h.${layer}.ln_1`),
          ...projections(`${at}.attn`, { biased: false, output: linear(`${at}.attn.out_proj`, false) }),
          rotary,
          scale: headWidth ** -0.5,
        },
        mlp: {
          norm: norm(`h.${layer}.ln_1`),
          input: linear(`${at}.mlp.fc_in`, true),
          output: linear(`${at}.mlp.fc_out`, true),
          activation: config.activation_function,
        },
      };
    };
    const token = `${prefix}wte.weight`;
    return {
      architecture: 'GPTJ',
      width: config.n_embd,
      layerCount: config.n_layer,
      headCount: config.n_head,
      keyValueHeadCount: config.n_head,
      headWidth,
      vocabularySize: config.vocab_size,
      contextLength: config.n_positions,
      embedding: { token },
      blocks: Array.from({ length: config.n_layer }, (_, layer) => block(layer)),
      unembedding: {
        norm: norm('ln_f'),
        weight: unembeddingWeight(checkpoint, config.tie_word_embeddings, token),
        bias: 'lm_head.bias',
      },
    };
  },
} satisfies Architecture;
