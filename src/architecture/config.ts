/** Configuration keys that several families share, as zod schemas. */
import { z } from 'zod';
import type { Activation } from './specification.ts';

export const count = z.int().positive();
/** Bounds far above all models that there are: for absurd figures nothing is to be allocated before tensors are seen. */
export const layerCount = count.max(4096);
export const widthCount = count.max(2 ** 20);
export const epsilon = z.number().positive();

/** What others call the keys that GPT-2 named. */
export const gpt2Aliases = {
  hidden_size: 'n_embd',
  max_position_embeddings: 'n_positions',
  num_attention_heads: 'n_head',
  num_hidden_layers: 'n_layer',
} as const;

const activations: Record<string, Activation> = {
  gelu: 'GELU',
  gelu_python: 'GELU',
  gelu_new: 'GELU_TANH',
  gelu_fast: 'GELU_TANH',
  gelu_pytorch_tanh: 'GELU_TANH',
  gelu_python_tanh: 'GELU_TANH',
  gelu_accurate: 'GELU_TANH',
  gelu_10: 'GELU_10',
  silu: 'SILU',
  swish: 'SILU',
  relu: 'RELU',
  relu2: 'RELU2',
  quick_gelu: 'QUICK_GELU',
  tanh: 'TANH',
};

/** An activation's name in Hugging Face configurations. */
export const activation = z
  .string()
  .refine((name) => Object.hasOwn(activations, name), {
    error: ({ input }) =>
      `the activation ${input} is not supported; supported are ${Object.keys(activations).join(', ')}`,
  })
  .transform((name) => activations[name] as Activation);

/** An option that must have this one value, for what we do not do. */
export function exactly<const Value extends boolean | number | string | null>(value: Value, why: string) {
  return z.literal(value, {
    error: ({ input }) => `${JSON.stringify(input)} is not supported (${why}); supported is ${value}`,
  });
}

/** As above, or absent. */
export function only<const Value extends boolean | number | string | null>(value: Value, why: string) {
  return exactly(value, why).nullish();
}
