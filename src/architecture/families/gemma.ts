/** Gemma (Gemma Team 2024): Llama's block with norms by 1 + γ, a GELU-gated MLP and scaled embeddings. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture } from '../architecture.ts';
import { count, widthCount } from '../config.ts';
import { decoder } from '../decoder.ts';
import { expectOneActivation, gemmaActivation, gemmaEmbeddingScale, gemmaFields, gemmaNorm } from '../gemma.ts';
import { gatedMlp, linear, projections } from '../parts.ts';
import { rotaryOf } from '../rotary.ts';

const schema = z.object({
  ...gemmaFields,
  max_position_embeddings: count.default(8192),
  num_key_value_heads: widthCount.nullable().default(16),
  hidden_act: gemmaActivation.default('GELU_TANH'),
});

export default {
  name: 'GEMMA',
  modelTypes: ['gemma'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    expectOneActivation(checkpoint, config);
    const norm = (name: string) => gemmaNorm(name, config.rms_norm_eps);
    const headWidth = config.head_dim;
    const rotary = rotaryOf(checkpoint, config, headWidth);
    const biased = config.attention_bias;
    return decoder('GEMMA', checkpoint, config, {
      headWidth,
      norm,
      embeddingScale: gemmaEmbeddingScale(checkpoint, config),
      block: (at) => ({
        parallel: false,
        attention: {
          norm: norm(`${at}.input_layernorm`),
          ...projections(`${at}.self_attn`, { biased, output: linear(`${at}.self_attn.o_proj`, biased) }),
          rotary,
          scale: headWidth ** -0.5,
        },
        mlp: {
          norm: norm(`${at}.post_attention_layernorm`),
          ...gatedMlp(`${at}.mlp`, false),
          activation: config.hidden_act,
        },
      }),
    });
  },
} satisfies Architecture;
