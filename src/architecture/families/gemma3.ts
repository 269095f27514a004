/** Gemma 3, text (Gemma Team 2025): as Gemma 2 with normed queries and keys; five windowed blocks to one that sees all. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture, Declared } from '../architecture.ts';
import { activation, count, only, widthCount } from '../config.ts';
import { decoder } from '../decoder.ts';
import { expectOneActivation, gemmaEmbeddingScale, gemmaFields, gemmaNorm } from '../gemma.ts';
import { gatedMlp, linear, projections } from '../parts.ts';
import { type RopeConfig, ropeFields, rotaryOf } from '../rotary.ts';
import type { QueryKeyNorm } from '../specification.ts';
import { type LayerType, layerTypes, layerTypesOf, slidingWindow, windowsOf } from '../windows.ts';

/** Read once they are put together. */
const parameters = z.record(z.string(), z.unknown()).nullish();

const schema = z.object({
  ...gemmaFields,
  max_position_embeddings: count.default(131_072),
  num_key_value_heads: widthCount.nullable().default(4),
  hidden_activation: activation.default('GELU_TANH'),
  query_pre_attn_scalar: z.number().positive().default(256),
  sliding_window: slidingWindow.default(4096),
  layer_types: layerTypes.nullish(),
  /** Every how many blocks one sees all. */
  sliding_window_pattern: count.default(6),
  attn_logit_softcapping: only(null, 'normed queries and keys have no softcap'),
  final_logit_softcapping: z.number().positive().nullish(),
  /** Of the windowed blocks; `rope_theta` and `rope_scaling` are those of the others. */
  rope_local_base_freq: z.number().positive().default(10_000),
  rope_theta: z.number().positive().default(1_000_000),
  rope_scaling: parameters,
  /** Since transformers 5: one set for each layer type. */
  rope_parameters: z
    .strictObject(
      { full_attention: parameters, sliding_attention: parameters },
      { error: 'it must have parameters for full_attention and sliding_attention, and nothing else' },
    )
    .nullish(),
});
type Config = z.output<typeof schema>;

export default {
  name: 'GEMMA3',
  modelTypes: ['gemma3_text'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    expectOneActivation(checkpoint, config);
    const norm = (name: string) => gemmaNorm(name, config.rms_norm_eps);
    const headNorm = (name: string): QueryKeyNorm => ({
      kind: 'RMS_NORM',
      over: 'HEAD',
      weight: `${name}.weight`,
      weightOffset: 1,
      epsilon: config.rms_norm_eps,
    });
    const ropes = ropesOf(checkpoint, config);
    const rotaries = {
      full_attention: rotaryOf(checkpoint, ropes.full_attention, config.head_dim),
      sliding_attention: rotaryOf(checkpoint, ropes.sliding_attention, config.head_dim),
    };
    const types = layerTypesOf(checkpoint, config, (layer) => (layer + 1) % config.sliding_window_pattern !== 0);
    const windows = windowsOf(checkpoint, types, config.sliding_window);
    const biased = config.attention_bias;
    const flat = { ...config, rope_scaling: null, rope_parameters: ropes.full_attention.rope_parameters };
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

const ropeSchema = z.object(ropeFields);

/**
 * The windowed blocks turn faster, with a base of their own and no scaling. Under the keys of both spellings, a scaling
 * is put over the parameters of the other blocks, key by key.
 */
function ropesOf({ file }: Declared, config: Config): Record<LayerType, RopeConfig> {
  const { rope_parameters: perType, rope_scaling: scaling } = config;
  const rope = (rope_theta: number, rope_parameters: Record<string, unknown>) =>
    readConfig({ ...config, rope_theta, rope_parameters, rope_scaling: null }, ropeSchema, file);
  return {
    full_attention: rope(config.rope_theta, { rope_type: 'default', ...perType?.full_attention, ...scaling }),
    sliding_attention: rope(config.rope_local_base_freq, { rope_type: 'default', ...perType?.sliding_attention }),
  };
}
