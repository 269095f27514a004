/** Gemma 2 (Gemma Team 2024): norms before and after each part, softcaps, a window in every other block. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture } from '../architecture.ts';
import { activation, count, widthCount } from '../config.ts';
import { decoder } from '../decoder.ts';
import { expectOneActivation, gemmaEmbeddingScale, gemmaFields, gemmaNorm } from '../gemma.ts';
import { gatedMlp, linear, projections } from '../parts.ts';
import { rotaryOf } from '../rotary.ts';
import { layerTypes, layerTypesOf, slidingWindow, windowsOf } from '../windows.ts';

const schema = z.object({
  ...gemmaFields,
  max_position_embeddings: count.default(8192),
  num_key_value_heads: widthCount.nullable().default(4),
  hidden_activation: activation.default('GELU_TANH'),
  query_pre_attn_scalar: z.number().positive().default(256),
  sliding_window: slidingWindow.default(4096),
  layer_types: layerTypes.nullish(),
  attn_logit_softcapping: z.number().positive().nullable().default(50),
  final_logit_softcapping: z.number().positive().nullable().default(30),
});

export default {
  name: 'GEMMA2',
  modelTypes: ['gemma2'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    expectOneActivation(checkpoint, config);
    const norm = (name: string) => gemmaNorm(name, config.rms_norm_eps);
    const rotary = rotaryOf(checkpoint, config, config.head_dim);
    const types = layerTypesOf(checkpoint, config, (layer) => layer % 2 === 0);
    const windows = windowsOf(checkpoint, types, config.sliding_window);
    const biased = config.attention_bias;
    return decoder('GEMMA2', checkpoint, config, {
      headWidth: config.head_dim,
      norm,
      embeddingScale: gemmaEmbeddingScale(checkpoint, config),
      softcap: config.final_logit_softcapping ?? undefined,
      block: (at, layer) => ({
        parallel: false,
        attention: {
          norm: norm(`${at}.input_layernorm`),
          ...projections(`${at}.self_attn`, { biased, output: linear(`${at}.self_attn.o_proj`, biased) }),
          rotary,
          scale: config.query_pre_attn_scalar ** -0.5,
          softcap: config.attn_logit_softcapping ?? undefined,
          window: windows[layer],
          postNorm: norm(`${at}.post_attention_layernorm`),
        },
        mlp: {
          norm: norm(`${at}.pre_feedforward_layernorm`),
          ...gatedMlp(`${at}.mlp`, false),
          activation: config.hidden_activation,
          postNorm: norm(`${at}.post_feedforward_layernorm`),
        },
      }),
    });
  },
} satisfies Architecture;
