/** StableLM (Bellagente et al. 2024): LayerNorm, a gated MLP, part of each head rotated; beside or after the attention. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture } from '../architecture.ts';
import { activation, count, epsilon, widthCount } from '../config.ts';
import { decoder, decoderFields, sharedHeadWidthOf } from '../decoder.ts';
import { gatedMlp, layerNorm, linear, projections } from '../parts.ts';
import { partialRotaryOf } from '../rotary.ts';
import type { QueryKeyNorm } from '../specification.ts';

const schema = z.object({
  ...decoderFields,
  max_position_embeddings: count.default(4096),
  num_key_value_heads: widthCount.nullable().default(32),
  hidden_act: activation.default('SILU'),
  layer_norm_eps: epsilon.default(1e-5),
  partial_rotary_factor: z.number().positive().max(1).default(0.25),
  use_qkv_bias: z.boolean().default(false),
  qk_layernorm: z.boolean().default(false),
  use_parallel_residual: z.boolean().default(false),
});

export default {
  name: 'STABLELM',
  modelTypes: ['stablelm'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const norm = (name: string) => layerNorm(name, config.layer_norm_eps);
    const headWidth = sharedHeadWidthOf(checkpoint, config);
    const rotary = partialRotaryOf(checkpoint, config, headWidth);
    /** Every head has a weight of its own, none a bias. */
    const headNorm = (name: string, heads: number): QueryKeyNorm | undefined =>
      config.qk_layernorm
        ? {
            kind: 'LAYER_NORM',
            over: 'HEAD',
            weight: Array.from({ length: heads }, (_, head) => `${name}.norms.${head}.weight`),
            epsilon: config.layer_norm_eps,
          }
        : undefined;
    const keyHeads = config.num_key_value_heads ?? config.num_attention_heads;
    return decoder('STABLELM', checkpoint, config, {
      headWidth,
      norm,
      block: (at) => ({
        parallel: config.use_parallel_residual,
        attention: {
          norm: norm(`${at}.input_layernorm`),
          ...projections(`${at}.self_attn`, {
            biased: config.use_qkv_bias,
            output: linear(`${at}.self_attn.o_proj`, false),
          }),
          queryNorm: headNorm(`${at}.self_attn.q_layernorm`, config.num_attention_heads),
          keyNorm: headNorm(`${at}.self_attn.k_layernorm`, keyHeads),
          rotary,
          scale: headWidth ** -0.5,
        },
        mlp: {
          // Beside each other, attention and MLP read the same normed stream.
          norm: norm(config.use_parallel_residual ? `${at}.input_layernorm` : `${at}.post_attention_layernorm`),
          ...gatedMlp(`${at}.mlp`, false),
          activation: config.hidden_act,
        },
      }),
    });
  },
} satisfies Architecture;
