/** Phi-3 and Phi-4 (Abdin et al. 2024): Llama's block with fused weights, and LongRoPE where the context is long. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import { type Architecture, refuse } from '../architecture.ts';
import { activation, count, epsilon, only, widthCount } from '../config.ts';
import { decoder, decoderFields, headWidthOf } from '../decoder.ts';
import { linear, rmsNorm } from '../parts.ts';
import { partialRotaryOf, ropeParameters } from '../rotary.ts';
import { layerTypesOf, slidingWindow, windowsOf } from '../windows.ts';

/** Early checkpoints call LongRoPE su or yarn. */
const longrope = z.preprocess((value) => {
  if (typeof value !== 'object' || value === null) return value;
  const { type, rope_type: kind = type } = value as Record<string, unknown>;
  return kind === 'su' || kind === 'yarn' ? { ...value, rope_type: 'longrope' } : value;
}, ropeParameters);

const schema = z.object({
  ...decoderFields,
  max_position_embeddings: count.default(4096),
  intermediate_size: widthCount,
  hidden_act: activation.default('SILU'),
  rms_norm_eps: epsilon.default(1e-5),
  sliding_window: slidingWindow.default(null),
  original_max_position_embeddings: count.default(4096),
  rope_scaling: longrope.nullish(),
  rope_parameters: longrope.nullish(),
  attention_bias: only(false, "Phi-3's attention has no biases"),
  mlp_bias: only(false, "Phi-3's MLP has no biases"),
  lm_head_bias: only(false, "Phi-3's unembedding has no bias"),
  full_attn_mod: only(1, 'all blocks of a Phi-3 model have the same window'),
  interpolate_factor: only(1, 'positions are stretched by rope_scaling alone'),
});

export default {
  name: 'PHI3',
  modelTypes: ['phi3'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const scaling = (config.rope_scaling ?? config.rope_parameters)?.rope_type ?? 'default';
    if (scaling !== 'default' && scaling !== 'longrope')
      refuse(checkpoint, 'rope_scaling', `${scaling} is not supported in Phi-3; supported are default, longrope`);
    const norm = (name: string) => rmsNorm(name, config.rms_norm_eps);
    const headWidth = headWidthOf(config);
    const rotary = partialRotaryOf(checkpoint, config, headWidth);
    const types = layerTypesOf(checkpoint, config, () => config.sliding_window !== null);
    const windows = windowsOf(checkpoint, types, config.sliding_window);
    const queries = config.num_attention_heads * headWidth;
    const keys = (config.num_key_value_heads ?? config.num_attention_heads) * headWidth;
    const neurons = config.intermediate_size;
    return decoder('PHI3', checkpoint, config, {
      headWidth,
      norm,
      block: (at, layer) => {
        const fused = (start: number, length: number) => linear(`${at}.self_attn.qkv_proj`, false, { start, length });
        const gateUp = (start: number) => linear(`${at}.mlp.gate_up_proj`, false, { start, length: neurons });
        return {
          parallel: false,
          attention: {
            norm: norm(`${at}.input_layernorm`),
            query: fused(0, queries),
            key: fused(queries, keys),
            value: fused(queries + keys, keys),
            output: linear(`${at}.self_attn.o_proj`, false),
            rotary,
            scale: headWidth ** -0.5,
            window: windows[layer],
          },
          mlp: {
            norm: norm(`${at}.post_attention_layernorm`),
            gate: gateUp(0),
            input: gateUp(neurons),
            output: linear(`${at}.mlp.down_proj`, false),
            activation: config.hidden_act,
          },
        };
      },
    });
  },
} satisfies Architecture;
