/** GPT-Neo (Black et al. 2021): GPT-2's block with unscaled scores; every other block looks back a window only. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, prefixOf, refuse, unembeddingWeight } from '../architecture.ts';
import { activation, count, epsilon, layerCount, widthCount } from '../config.ts';
import { layerNorm, linear, projections } from '../parts.ts';
import type { Block } from '../specification.ts';

const reach = z.enum(['global', 'local'], {
  error: ({ input }) => `the attention type ${JSON.stringify(input)} is not supported; supported are global, local`,
});

const schema = z.object({
  vocab_size: count,
  max_position_embeddings: count.default(2048),
  hidden_size: widthCount,
  num_layers: layerCount,
  num_heads: widthCount,
  /** Patterns, each with how often it is repeated. */
  attention_types: z
    .array(z.tuple([z.array(reach), z.int().nonnegative()]))
    .nullish()
    .transform((types) => types ?? [[['global', 'local'], 12] as const]),
  /** The same written out, one for each block. */
  attention_layers: z.array(reach).nullish(),
  window_size: count.default(256),
  activation_function: activation.default('GELU_TANH'),
  layer_norm_epsilon: epsilon.default(1e-5),
  tie_word_embeddings: z.boolean().default(true),
});

export default {
  name: 'GPT_NEO',
  modelTypes: ['gpt_neo'],
  schema,
  aliases: { num_attention_heads: 'num_heads', num_hidden_layers: 'num_layers' },
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const prefix = prefixOf(checkpoint, 'transformer.', 'wte.weight');
    const norm = (name: string) => layerNorm(`${prefix}${name}`, config.layer_norm_epsilon);
    const reaches =
      config.attention_layers ??
      config.attention_types.flatMap(([pattern, times]) => Array.from({ length: times }, () => pattern).flat());
    if (reaches.length !== config.num_layers)
      refuse(
        checkpoint,
        'attention_types',
        `it describes ${reaches.length} blocks, the model has num_layers = ${config.num_layers}`,
      );
    const block = (layer: number): Block => {
      const at = `${prefix}h.${layer}`;
      return {
        parallel: false,
        attention: {
          norm: norm(`h.${layer}.ln_1`),
          ...projections(`${at}.attn.attention`, {
            biased: false,
            output: linear(`${at}.attn.attention.out_proj`, true),
          }),
          scale: 1,
          window: reaches[layer] === 'local' ? config.window_size : undefined,
        },
        mlp: {
          norm: norm(`h.${layer}.ln_2`),
          input: linear(`${at}.mlp.c_fc`, true),
          output: linear(`${at}.mlp.c_proj`, true),
          activation: config.activation_function,
        },
      };
    };
    const token = `${prefix}wte.weight`;
    return {
      architecture: 'GPT_NEO',
      width: config.hidden_size,
      layerCount: config.num_layers,
      headCount: config.num_heads,
      keyValueHeadCount: config.num_heads,
      headWidth: config.hidden_size / config.num_heads,
      vocabularySize: config.vocab_size,
      contextLength: config.max_position_embeddings,
      embedding: { token, position: { weight: `${prefix}wpe.weight`, offset: 0 } },
      blocks: Array.from({ length: config.num_layers }, (_, layer) => block(layer)),
      unembedding: { norm: norm('ln_f'), weight: unembeddingWeight(checkpoint, config.tie_word_embeddings, token) },
    };
  },
} satisfies Architecture;
