/** Qwen 3 (Yang et al. 2025): Llama's block with each head's query and key normed, and a head width of its own. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture } from '../architecture.ts';
import { activation, count, epsilon, widthCount } from '../config.ts';
import { decoder, decoderFields } from '../decoder.ts';
import { gatedMlp, linear, projections, rmsNorm } from '../parts.ts';
import { rotaryOf } from '../rotary.ts';
import type { QueryKeyNorm } from '../specification.ts';
import { layerTypes, layerTypesOf, slidingWindow, windowsOf } from '../windows.ts';

const schema = z.object({
  ...decoderFields,
  max_position_embeddings: count.default(32_768),
  num_key_value_heads: widthCount.nullable().default(32),
  head_dim: widthCount.default(128),
  hidden_act: activation.default('SILU'),
  rms_norm_eps: epsilon.default(1e-6),
  attention_bias: z.boolean().default(false),
  use_sliding_window: z.boolean().default(false),
  sliding_window: slidingWindow.default(4096),
  max_window_layers: z.int().default(28),
  layer_types: layerTypes.nullish(),
});

export default {
  name: 'QWEN3',
  modelTypes: ['qwen3'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const norm = (name: string) => rmsNorm(name, config.rms_norm_eps);
    const headNorm = (name: string): QueryKeyNorm => ({
      kind: 'RMS_NORM',
      over: 'HEAD',
      weight: `${name}.weight`,
      epsilon: config.rms_norm_eps,
    });
    const headWidth = config.head_dim;
    const rotary = rotaryOf(checkpoint, config, headWidth);
    const window = config.use_sliding_window ? config.sliding_window : null;
    const types = layerTypesOf(checkpoint, config, (layer) => window !== null && layer >= config.max_window_layers);
    const windows = windowsOf(checkpoint, types, window);
    const biased = config.attention_bias;
    return decoder('QWEN3', checkpoint, config, {
      headWidth,
      norm,
      block: (at, layer) => ({
        parallel: false,
        attention: {
          norm: norm(`${at}.input_layernorm`),
          ...projections(`${at}.self_attn`, { biased, output: linear(`${at}.self_attn.o_proj`, biased) }),
          queryNorm: headNorm(`${at}.self_attn.q_norm`),
          keyNorm: headNorm(`${at}.self_attn.k_norm`),
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
