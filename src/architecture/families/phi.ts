/** Phi-1, 1.5 and 2 (Gunasekar et al. 2023): attention and MLP read the same normed stream; biases everywhere. */
import { z } from 'zod';
import { readConfig } from '../../checkpoint/config.ts';
import type { Architecture } from '../architecture.ts';
import { activation, count, epsilon } from '../config.ts';
import { decoder, decoderFields, headWidthOf } from '../decoder.ts';
import { layerNorm, linear, projections } from '../parts.ts';
import { partialRotaryOf } from '../rotary.ts';
import type { QueryKeyNorm } from '../specification.ts';

const schema = z.object({
  ...decoderFields,
  max_position_embeddings: count.default(2048),
  hidden_act: activation.default('GELU_TANH'),
  layer_norm_eps: epsilon.default(1e-5),
  partial_rotary_factor: z.number().positive().max(1).default(0.5),
  qk_layernorm: z.boolean().default(false),
});

export default {
  name: 'PHI',
  modelTypes: ['phi'],
  schema,
  specify(checkpoint) {
    const config = readConfig(checkpoint.config, schema, checkpoint.file);
    const norm = (name: string) => layerNorm(name, config.layer_norm_eps);
    const headNorm = (name: string): QueryKeyNorm | undefined =>
      config.qk_layernorm
        ? {
            kind: 'LAYER_NORM',
            over: 'HEAD',
            weight: `${name}.weight`,
            bias: `${name}.bias`,
            epsilon: config.layer_norm_eps,
          }
        : undefined;
    const headWidth = headWidthOf(config);
    const rotary = partialRotaryOf(checkpoint, config, headWidth);
    return decoder('PHI', checkpoint, config, {
      headWidth,
      norm,
      normName: 'final_layernorm',
      unembeddingBias: 'lm_head.bias',
      block: (at) => ({
        parallel: true,
        attention: {
          norm: norm(`${at}.input_layernorm`),
          ...projections(`${at}.self_attn`, { biased: true, output: linear(`${at}.self_attn.dense`, true) }),
          queryNorm: headNorm(`${at}.self_attn.q_layernorm`),
          keyNorm: headNorm(`${at}.self_attn.k_layernorm`),
          rotary,
          scale: headWidth ** -0.5,
        },
        mlp: {
          norm: norm(`${at}.input_layernorm`),
          input: linear(`${at}.mlp.fc1`, true),
          output: linear(`${at}.mlp.fc2`, true),
          activation: config.hidden_act,
        },
      }),
    });
  },
} satisfies Architecture;
