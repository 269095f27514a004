/** OLMo 2 (OLMo Team 2024): norms after each part only; queries and keys normed over all heads together. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture } from '../architecture.ts';
import { activation, count, epsilon } from '../config.ts';
import { decoder, decoderFields, headWidthOf } from '../decoder.ts';
import { gatedMlp, linear, projections, rmsNorm } from '../parts.ts';
import { rotaryOf } from '../rotary.ts';
import type { QueryKeyNorm } from '../specification.ts';

const schema = z.object({
  ...decoderFields,
  max_position_embeddings: count.default(2048),
  hidden_act: activation.default('SILU'),
  rms_norm_eps: epsilon.default(1e-5),
  attention_bias: z.boolean().default(false),
});

export default {
  name: 'OLMO2',
  modelTypes: ['olmo2'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const norm = (name: string) => rmsNorm(name, config.rms_norm_eps);
    const allHeadsNorm = (name: string): QueryKeyNorm => ({
      kind: 'RMS_NORM',
      over: 'ALL_HEADS',
      weight: `${name}.weight`,
      epsilon: config.rms_norm_eps,
    });
    const headWidth = headWidthOf(config);
    const rotary = rotaryOf(checkpoint, config, headWidth);
    const biased = config.attention_bias;
    return decoder('OLMO2', checkpoint, config, {
      headWidth,
      norm,
      block: (at) => ({
        parallel: false,
        attention: {
          ...projections(`${at}.self_attn`, { biased, output: linear(`${at}.self_attn.o_proj`, biased) }),
          queryNorm: allHeadsNorm(`${at}.self_attn.q_norm`),
          keyNorm: allHeadsNorm(`${at}.self_attn.k_norm`),
          rotary,
          scale: headWidth ** -0.5,
          postNorm: norm(`${at}.post_attention_layernorm`),
        },
        mlp: {
          ...gatedMlp(`${at}.mlp`, false),
          activation: config.hidden_act,
          postNorm: norm(`${at}.post_feedforward_layernorm`),
        },
      }),
    });
  },
} satisfies Architecture;
