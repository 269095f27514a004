/** Mistral (Jiang et al. 2023): Llama's block with a sliding window, in all blocks or in those that are named. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture } from '../architecture.ts';
import { activation, count, epsilon, only, widthCount } from '../config.ts';
import { decoder, decoderFields, headWidthOf } from '../decoder.ts';
import { gatedMlp, linear, projections, rmsNorm } from '../parts.ts';
import { rotaryOf } from '../rotary.ts';
import { layerTypes, layerTypesOf, slidingWindow, windowsOf } from '../windows.ts';

const schema = z.object({
  ...decoderFields,
  max_position_embeddings: count.default(131_072),
  num_key_value_heads: widthCount.nullable().default(8),
  hidden_act: activation.default('SILU'),
  rms_norm_eps: epsilon.default(1e-6),
  sliding_window: slidingWindow.default(4096),
  /** With it transformers takes the model for a Ministral, which is the same but for this. */
  layer_types: layerTypes.nullish(),
  attention_bias: only(false, "Mistral's attention has no biases"),
  mlp_bias: only(false, "Mistral's MLP has no biases"),
});

export default {
  name: 'MISTRAL',
  modelTypes: ['mistral'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const norm = (name: string) => rmsNorm(name, config.rms_norm_eps);
    const headWidth = headWidthOf(config);
    const rotary = rotaryOf(checkpoint, config, headWidth);
    const types = layerTypesOf(checkpoint, config, () => config.sliding_window !== null);
    const windows = windowsOf(checkpoint, types, config.sliding_window);
    return decoder('MISTRAL', checkpoint, config, {
      headWidth,
      norm,
      block: (at, layer) => ({
        parallel: false,
        attention: {
          norm: norm(`${at}.input_layernorm`),
          ...projections(`${at}.self_attn`, { biased: false, output: linear(`${at}.self_attn.o_proj`, false) }),
          rotary,
          scale: headWidth ** -0.5,
          window: windows[layer],
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
