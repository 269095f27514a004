/** Rotary position embeddings (RoPE, Su et al. 2021) as Hugging Face configurations describe them. */
import { z } from 'zod';
import { count } from './config.ts';
import type { Rotary } from './specification.ts';

/** θ_i = base^(−2i/dimensions), [dimensions / 2]. */
export function rotaryFrequencies(base: number, dimensions: number): number[] {
  return Array.from({ length: dimensions / 2 }, (_, pair) => base ** ((-2 * pair) / dimensions));
}

const linear = z.object({ rope_type: z.literal('linear'), factor: z.number().positive() });
const llama3 = z.object({
  rope_type: z.literal('llama3'),
  factor: z.number().positive(),
  low_freq_factor: z.number().positive(),
  high_freq_factor: z.number().positive(),
  original_max_position_embeddings: count,
});
const plain = z.object({ rope_type: z.literal('default') });

/** `rope_scaling`, with the kind under its old name `type` as well. */
const scaling = z.preprocess(
  (value) => {
    const given = (value ?? {}) as Record<string, unknown>;
    return { ...given, rope_type: given.rope_type ?? given.type ?? 'default' };
  },
  z.discriminatedUnion('rope_type', [plain, linear, llama3], {
    error: ({ input }) =>
      `the RoPE scaling ${JSON.stringify((input as { rope_type?: unknown }).rope_type)} is not supported; supported are default, linear, llama3`,
  }),
);
type Scaling = z.infer<typeof scaling>;

/** `rope_theta` and `rope_scaling`, or the two in one as `rope_parameters`. */
export const ropeFields = {
  rope_theta: z.number().positive().nullish(),
  rope_scaling: scaling.nullish(),
  rope_parameters: z.intersection(z.looseObject({ rope_theta: z.number().positive().nullish() }), scaling).nullish(),
};

interface RopeConfig {
  readonly rope_theta?: number | null | undefined;
  readonly rope_scaling?: Scaling | null | undefined;
  readonly rope_parameters?: (Scaling & { readonly rope_theta?: number | null | undefined }) | null | undefined;
}

/** @param dimensions how many of the head's dimensions are rotated. */
export function rotaryOf(config: RopeConfig, dimensions: number, pairs: Rotary['pairs'] = 'HALF'): Rotary {
  const base = config.rope_parameters?.rope_theta ?? config.rope_theta ?? 10_000;
  const frequencies = scaled(
    rotaryFrequencies(base, dimensions),
    config.rope_parameters ?? config.rope_scaling ?? undefined,
  );
  return { dimensions, pairs, frequencies: () => frequencies, magnitude: 1 };
}

function scaled(frequencies: number[], scaling: Scaling | undefined): number[] {
  switch (scaling?.rope_type) {
    case undefined:
    case 'default':
      return frequencies;
    case 'linear':
      return frequencies.map((frequency) => frequency / scaling.factor);
    case 'llama3':
      return frequencies.map((frequency) => llama3Frequency(frequency, scaling));
  }
}

/** Llama 3.1: long wavelengths are divided by the factor, short ones kept, those between interpolated. */
function llama3Frequency(frequency: number, scaling: z.infer<typeof llama3>): number {
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length } = scaling;
  const turns = (length * frequency) / (2 * Math.PI);
  if (turns < low) return frequency / factor;
  if (turns > high) return frequency;
  const smooth = (turns - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}
