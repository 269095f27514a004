/** What the Gemma families share: norms that multiply by 1 + γ, a scaled embedding, a GELU-gated MLP. */
import { z } from 'zod';
import { type Declared, refuse } from './architecture.ts';
import { activation, epsilon, widthCount } from './config.ts';
import { decoderFields } from './decoder.ts';
import { rmsNorm } from './parts.ts';
import type { Activation, Norm } from './specification.ts';

/** The first releases say gelu and mean its tanh form. */
export const gemmaActivation = z.preprocess((name) => (name === 'gelu' ? 'gelu_pytorch_tanh' : name), activation);

export const gemmaFields = {
  ...decoderFields,
  head_dim: widthCount.default(256),
  rms_norm_eps: epsilon.default(1e-6),
  attention_bias: z.boolean().default(false),
  hidden_act: gemmaActivation.nullish(),
  hidden_activation: gemmaActivation.nullish(),
  tie_word_embeddings: z.boolean().default(true),
  dtype: z.string().nullish(),
  torch_dtype: z.string().nullish(),
};

/** Configurations name the activation twice: under the key that the family reads, and under the other one. */
export function expectOneActivation(
  checkpoint: Declared,
  { hidden_act, hidden_activation }: Partial<Record<'hidden_act' | 'hidden_activation', Activation | null | undefined>>,
): void {
  if (hidden_act && hidden_activation && hidden_act !== hidden_activation)
    refuse(checkpoint, 'hidden_act', `${hidden_act} is not supported beside hidden_activation = ${hidden_activation}`);
}

export function gemmaNorm(name: string, epsilon: number): Norm {
  return { ...rmsNorm(name, epsilon), weightOffset: 1 };
}

/** Bits of the significand, the leading one included, by the names of configurations and of safetensors. */
const significandBits: Readonly<Record<string, number>> = { float16: 11, F16: 11, bfloat16: 8, BF16: 8 };

/** √width, rounded to the type that the checkpoint is meant to run in: 55.5 and not 55.4256 for 3072 in bfloat16. */
export function gemmaEmbeddingScale(
  { tensors }: Declared,
  config: { hidden_size: number; dtype?: string | null | undefined; torch_dtype?: string | null | undefined },
): (token: string) => number {
  return (token) => {
    const scale = Math.sqrt(config.hidden_size);
    const bits = significandBits[config.dtype ?? config.torch_dtype ?? tensors.get(token)?.dtype ?? 'F32'];
    if (bits === undefined) return Math.fround(scale);
    const unit = 2 ** (Math.floor(Math.log2(scale)) - bits + 1);
    return Math.round(scale / unit) * unit;
  };
}
