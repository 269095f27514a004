/** Mistral (Jiang et al. 2023): Llama's block with a sliding window. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture } from '../architecture.ts';
import { activation, count, epsilon, only, widthCount } from '../config.ts';
import { decoder, decoderFields, headWidthOf } from '../decoder.ts';
import { gatedMlp, linear, projections, rmsNorm } from '../parts.ts';
import { rotaryOf } from '../rotary.ts';

const schema = z.object({
  ...decoderFields,
  num_key_value_heads: widthCount.nullable().default(8),
  hidden_act: activation.default('SILU'),
  rms_norm_eps: epsilon.default(1e-6),
  sliding_window: count.nullable().default(4096),
  layer_types: only(null, 'all blocks of a Mistral model have the same window'),
  attention_bias: only(false, "Mistral's attention has no biases"),
  mlp_bias: only(false, "Mistral's MLP has no biases"),
});

export default {
  name: 'MISTRAL',
  modelTypes: ['mistral'],
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const norm = (name: string) => rmsNorm(name, config.rms_norm_eps);
    const headWidth = headWidthOf(config);
    const rotary = rotaryOf(checkpoint, config, headWidth);
    return decoder('MISTRAL', checkpoint, config, {
      headWidth,
      norm,
      block: (at) => ({
        parallel: false,
        attention: {
          norm: norm(`${at}.input_layernorm`),
          ...projections(`${at}.self_attn`, { biased: false, output: linear(`${at}.self_attn.o_proj`, false) }),
          rotary,
          scale: headWidth ** -0.5,
          window: config.sliding_window ?? undefined,
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
