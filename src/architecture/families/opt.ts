/** OPT (Zhang et al. 2022): learned positions from the third row on, LayerNorm before each part, or over the stream after it, ReLU. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, prefixOf, unembeddingWeight } from '../architecture.ts';
import { activation, count, layerCount, widthCount } from '../config.ts';
import { layerNorm, linear, projections } from '../parts.ts';
import type { Block, Norm, Projection } from '../specification.ts';

const schema = z.object({
  vocab_size: count,
  max_position_embeddings: count.default(2048),
  hidden_size: widthCount,
  num_hidden_layers: layerCount,
  num_attention_heads: widthCount,
  word_embed_proj_dim: widthCount.nullish(),
  /** False in opt-350m alone. */
  do_layer_norm_before: z.boolean().default(true),
  _remove_final_layer_norm: z.boolean().default(false),
  enable_bias: z.boolean().default(true),
  layer_norm_elementwise_affine: z.boolean().default(true),
  activation_function: activation.default('RELU'),
  tie_word_embeddings: z.boolean().default(true),
});

/** PyTorch's own; the configuration has none. */
const epsilon = 1e-5;

export default {
  name: 'OPT',
  modelTypes: ['opt'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const width = config.hidden_size;
    const prefix = prefixOf(checkpoint, ['model.decoder.', 'decoder.'], 'embed_tokens.weight');
    const norm = (name: string): Norm =>
      config.layer_norm_elementwise_affine ? layerNorm(`${prefix}${name}`, epsilon) : { kind: 'LAYER_NORM', epsilon };
    const before = config.do_layer_norm_before;
    const around = (name: string) =>
      before ? { norm: norm(name) } : { postNorm: { ...norm(name), over: 'STREAM' as const } };
    const embedded = config.word_embed_proj_dim ?? width;
    const projection = (name: string): Projection | undefined =>
      embedded === width ? undefined : { map: linear(`${prefix}${name}`, false), width: embedded };
    const biased = config.enable_bias;
    const headWidth = width / config.num_attention_heads;
    const block = (layer: number): Block => {
      const at = `${prefix}layers.${layer}`;
      return {
        parallel: false,
        attention: {
          ...around(`layers.${layer}.self_attn_layer_norm`),
          ...projections(`${at}.self_attn`, { biased, output: linear(`${at}.self_attn.out_proj`, biased) }),
          scale: headWidth ** -0.5,
        },
        mlp: {
          ...around(`layers.${layer}.final_layer_norm`),
          input: linear(`${at}.fc1`, biased),
          output: linear(`${at}.fc2`, biased),
          activation: config.activation_function,
        },
      };
    };
    const token = `${prefix}embed_tokens.weight`;
    return {
      architecture: 'OPT',
      width,
      layerCount: config.num_hidden_layers,
      headCount: config.num_attention_heads,
      keyValueHeadCount: config.num_attention_heads,
      headWidth,
      vocabularySize: config.vocab_size,
      contextLength: config.max_position_embeddings,
      embedding: {
        token,
        projection: projection('project_in'),
        position: { weight: `${prefix}embed_positions.weight`, offset: 2 },
      },
      blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
      unembedding: {
        norm: before && !config._remove_final_layer_norm ? norm('final_layer_norm') : undefined,
        projection: projection('project_out'),
        weight: unembeddingWeight(checkpoint, config.tie_word_embeddings, token),
      },
    };
  },
} satisfies Architecture;
