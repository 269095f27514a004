/** Llama (Touvron et al. 2023): RMSNorm, rotary positions, gated MLP, key/value heads shared by groups of query heads. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture } from '../architecture.ts';
import { activation, count, epsilon, only } from '../config.ts';
import { decoder, decoderFields, headWidthOf } from '../decoder.ts';
import { gatedMlp, linear, projections, rmsNorm } from '../parts.ts';
import { rotaryOf } from '../rotary.ts';

const schema = z.object({
  ...decoderFields,
  max_position_embeddings: count.default(2048),
  hidden_act: activation.default('SILU'),
  rms_norm_eps: epsilon.default(1e-6),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  rope_interleaved: only(false, 'halves of a head rotate together'),
});

export default {
  name: 'LLAMA',
  modelTypes: ['llama'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const norm = (name: string) => rmsNorm(name, config.rms_norm_eps);
    const headWidth = headWidthOf(config);
    const rotary = rotaryOf(checkpoint, config, headWidth);
    const biased = config.attention_bias;
    return decoder('LLAMA', checkpoint, config, {
      headWidth,
      norm,
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
          ...gatedMlp(`${at}.mlp`, config.mlp_bias),
          activation: config.hidden_act,
        },
      }),
    });
  },
} satisfies Architecture;
