/** Qwen 2 and 2.5 (Yang et al. 2024): Llama's block with biases on queries, keys and values, windows in upper blocks. */
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
  max_position_embeddings: count.default(32_768),
  num_key_value_heads: widthCount.nullable().default(32),
  hidden_act: activation.default('SILU'),
  rms_norm_eps: epsilon.default(1e-6),
  use_sliding_window: z.boolean().default(false),
  sliding_window: slidingWindow.default(4096),
  max_window_layers: z.int().default(28),
  layer_types: layerTypes.nullish(),
  use_mrope: only(false, 'a token of a text has one position'),
});

export default {
  name: 'QWEN2',
  modelTypes: ['qwen2'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const norm = (name: string) => rmsNorm(name, config.rms_norm_eps);
    const headWidth = headWidthOf(config);
    const rotary = rotaryOf(checkpoint, config, headWidth);
    const window = config.use_sliding_window ? config.sliding_window : null;
    const types = layerTypesOf(checkpoint, config, (layer) => window !== null && layer >= config.max_window_layers);
    const windows = windowsOf(checkpoint, types, window);
    return decoder('QWEN2', checkpoint, config, {
      headWidth,
      norm,
      block: (at, layer) => ({
        parallel: false,
        attention: {
          norm: norm(`${at}.input_layernorm`),
          ...projections(`${at}.self_attn`, { biased: true, output: linear(`${at}.self_attn.o_proj`, false) }),
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
