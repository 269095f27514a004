/** Gemma 3, text (Gemma Team 2025): as Gemma 2 with normed queries and keys; five windowed blocks to one that sees all. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, type Declared, refuse } from '../architecture.ts';
import { activation, count, only, widthCount } from '../config.ts';
import { decoder } from '../decoder.ts';
import { gemmaEmbeddingScale, gemmaFields, gemmaNorm } from '../gemma.ts';
import { gatedMlp, linear, projections } from '../parts.ts';
import { ropeParameters, rotaryOf } from '../rotary.ts';
import type { QueryKeyNorm, Rotary } from '../specification.ts';
import { type LayerType, layerTypes, layerTypesOf, windowsOf } from '../windows.ts';

const schema = z.object({
  ...gemmaFields,
  num_key_value_heads: widthCount.nullable().default(4),
  hidden_activation: activation.default('GELU_TANH'),
  query_pre_attn_scalar: z.number().positive().default(256),
  sliding_window: count.nullable().default(4096),
  layer_types: layerTypes.nullish(),
  /** Every how many blocks one sees all. */
  sliding_window_pattern: count.default(6),
  attn_logit_softcapping: only(null, 'normed queries and keys have no softcap'),
  final_logit_softcapping: z.number().positive().nullish(),
  /** Of the windowed blocks; `rope_theta` and `rope_scaling` are those of the others. */
  rope_local_base_freq: z.number().positive().nullish(),
  /** Since transformers 5: one set for each layer type. */
  rope_parameters: z
    .looseObject({ full_attention: ropeParameters.nullish(), sliding_attention: ropeParameters.nullish() })
    .nullish(),
});
type Config = z.output<typeof schema>;

export default {
  name: 'GEMMA3',
  modelTypes: ['gemma3_text'],
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const norm = (name: string) => gemmaNorm(name, config.rms_norm_eps);
    const headNorm = (name: string): QueryKeyNorm => ({
      kind: 'RMS_NORM',
      over: 'HEAD',
      weight: `${name}.weight`,
      weightOffset: 1,
      epsilon: config.rms_norm_eps,
    });
    const rotaries = rotariesOf(checkpoint, config);
    const types = layerTypesOf(checkpoint, config, (layer) => (layer + 1) % config.sliding_window_pattern !== 0);
    const windows = windowsOf(checkpoint, types, config.sliding_window);
    const biased = config.attention_bias;
    const flat = { ...config, rope_parameters: config.rope_parameters?.full_attention };
    return decoder('GEMMA3', checkpoint, flat, {
      headWidth: config.head_dim,
      norm,
      embeddingScale: gemmaEmbeddingScale(checkpoint, config),
      softcap: config.final_logit_softcapping ?? undefined,
      block: (at, layer) => ({
        parallel: false,
        attention: {
          norm: norm(`${at}.input_layernorm`),
          ...projections(`${at}.self_attn`, { biased, output: linear(`${at}.self_attn.o_proj`, biased) }),
          queryNorm: headNorm(`${at}.self_attn.q_norm`),
          keyNorm: headNorm(`${at}.self_attn.k_norm`),
          rotary: rotaries[types[layer] ?? 'full_attention'],
          scale: config.query_pre_attn_scalar ** -0.5,
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

/** The windowed blocks turn faster, with a base of their own and no scaling. */
function rotariesOf(checkpoint: Declared, config: Config): Record<LayerType, Rotary> {
  const { rope_parameters: perType, ...old } = config;
  if (perType && !('full_attention' in perType || 'sliding_attention' in perType))
    refuse(checkpoint, 'rope_parameters', 'it must have parameters for full_attention and sliding_attention');
  return {
    full_attention: rotaryOf(
      checkpoint,
      { ...old, rope_theta: config.rope_theta ?? 1_000_000, rope_parameters: perType?.full_attention },
      config.head_dim,
    ),
    sliding_attention: rotaryOf(
      checkpoint,
      {
        ...old,
        rope_theta: config.rope_local_base_freq ?? 10_000,
        rope_scaling: undefined,
        rope_parameters: perType?.sliding_attention,
      },
      config.head_dim,
    ),
  };
}
