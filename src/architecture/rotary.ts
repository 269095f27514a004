/** Rotary position embeddings (RoPE, Su et al. 2021) as Hugging Face configurations describe them. */
import { z } from 'zod';
import { type Declared, refuse } from './architecture.ts';
import { count } from './config.ts';
import type { Rotary } from './specification.ts';

const positive = z.number().positive();
const common = {
  rope_theta: positive.nullish(),
  partial_rotary_factor: positive.max(1).nullish(),
  original_max_position_embeddings: count.nullish(),
};
/** A kind of RoPE with the keys that it knows: another one would change what nobody here computes. */
function kind<const Type extends string, Fields extends z.ZodRawShape>(type: Type, fields: Fields) {
  const shape = { rope_type: z.literal(type), ...common, ...fields };
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${type} RoPE has no ${issue.keys.join(', ')}; it has ${Object.keys(shape).join(', ')}`
        : undefined,
  });
}
const kinds = {
  default: kind('default', {}),
  linear: kind('linear', { factor: positive }),
  dynamic: kind('dynamic', { factor: positive }),
  llama3: kind('llama3', { factor: positive, low_freq_factor: positive, high_freq_factor: positive }),
  yarn: kind('yarn', {
    factor: positive.nullish(),
    attention_factor: positive.nullish(),
    beta_fast: positive.nullish(),
    beta_slow: positive.nullish(),
    mscale: z.number().nullish(),
    mscale_all_dim: z.number().nullish(),
    truncate: z.boolean().nullish(),
    /** Of the first checkpoints: how it was trained. */
    finetuned: z.boolean().nullish(),
  }),
  longrope: kind('longrope', {
    factor: positive.nullish(),
    attention_factor: positive.nullish(),
    short_factor: z.array(positive),
    long_factor: z.array(positive),
  }),
};

/** One set of RoPE parameters, with the kind under its old name `type` as well; an empty one says nothing. */
export const ropeParameters = z.preprocess(
  (value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (Object.keys(value).length === 0) return null;
    const { type, ...given } = value as Record<string, unknown>;
    return { ...given, rope_type: given.rope_type ?? type ?? 'default' };
  },
  z
    .discriminatedUnion(
      'rope_type',
      [kinds.default, kinds.linear, kinds.dynamic, kinds.llama3, kinds.yarn, kinds.longrope],
      {
        error: ({ input }) =>
          `the RoPE scaling ${JSON.stringify((input as { rope_type?: unknown } | undefined)?.rope_type)} is not supported; supported are ${Object.keys(kinds).join(', ')}`,
      },
    )
    .nullable(),
);
type RopeParameters = NonNullable<z.output<typeof ropeParameters>>;

/** The keys as written by transformers before version 5, and `rope_parameters`, which has them all since. */
export const ropeFields = {
  max_position_embeddings: count,
  original_max_position_embeddings: count.nullish(),
  rope_theta: positive.nullish(),
  partial_rotary_factor: positive.max(1).nullish(),
  rope_scaling: ropeParameters.nullish(),
  rope_parameters: ropeParameters.nullish(),
};
const fields = z.object(ropeFields);
export type RopeConfig = z.output<typeof fields>;

/** What a configuration says under either spelling. */
interface Rope {
  readonly scaling: RopeParameters;
  readonly base: number;
  /** Share of the head's dimensions that are rotated. */
  readonly partial: number;
  readonly maximum: number;
  /** The length that the model was trained at before its context was extended. */
  readonly original: number;
}

function ropeOf(config: RopeConfig): Rope {
  const scaling = config.rope_scaling ?? config.rope_parameters ?? { rope_type: 'default' };
  return {
    scaling,
    base: scaling.rope_theta ?? config.rope_theta ?? 10_000,
    partial: scaling.partial_rotary_factor ?? config.partial_rotary_factor ?? 1,
    maximum: config.max_position_embeddings,
    original:
      config.original_max_position_embeddings ??
      scaling.original_max_position_embeddings ??
      config.max_position_embeddings,
  };
}

/** The longest prompt: scalings that are told of the length before extension extend it. */
export function ropeContextLength(config: RopeConfig): number {
  const { scaling, maximum, original } = ropeOf(config);
  if (scaling.rope_type === 'dynamic') return Math.floor(maximum * scaling.factor);
  if (scaling.rope_type === 'yarn') return Math.max(maximum, Math.floor(original * (scaling.factor ?? 1)));
  return maximum;
}

/** Of a family that rotates whole heads; transformers does so whatever share a configuration says, or fails. */
export function rotaryOf(checkpoint: Declared, config: RopeConfig, headWidth: number): Rotary {
  const { partial } = ropeOf(config);
  if (partial !== 1)
    refuse(
      checkpoint,
      'partial_rotary_factor',
      `${partial} is not supported (this family rotates whole heads); supported is 1`,
    );
  return partialRotaryOf(checkpoint, config, headWidth);
}

/** Of a family that rotates the first dimensions of each head. */
export function partialRotaryOf(checkpoint: Declared, config: RopeConfig, headWidth: number): Rotary {
  const rope = ropeOf(config);
  const { scaling } = rope;
  const dimensions = Math.floor(headWidth * rope.partial);
  if (dimensions === 0 || dimensions % 2 !== 0)
    refuse(checkpoint, 'partial_rotary_factor', `rotates ${dimensions} dimensions of a head, which are no pairs`);
  if (scaling.rope_type === 'longrope')
    for (const factors of ['short_factor', 'long_factor'] as const)
      if (scaling[factors].length !== dimensions / 2)
        refuse(
          checkpoint,
          `rope_scaling.${factors}`,
          `it has ${scaling[factors].length} values where heads rotate ${dimensions / 2} pairs`,
        );
  return { dimensions, pairs: 'HALF', ...scaledRotation(rope, dimensions) };
}

/** θ_i = base^(−2i/dimensions), [dimensions / 2]. */
export function rotaryFrequencies(base: number, dimensions: number): number[] {
  return Array.from({ length: dimensions / 2 }, (_, pair) => base ** ((-2 * pair) / dimensions));
}

function scaledRotation(rope: Rope, dimensions: number): Pick<Rotary, 'frequencies' | 'magnitude'> {
  const { scaling, base, maximum, original } = rope;
  const plain = rotaryFrequencies(base, dimensions);
  const fixed = (frequencies: number[], magnitude = 1) => ({ frequencies: () => frequencies, magnitude });
  switch (scaling.rope_type) {
    case 'default':
      return fixed(plain);
    case 'linear':
      return fixed(plain.map((frequency) => frequency / scaling.factor));
    case 'dynamic':
      return { frequencies: dynamicFrequencies(base, dimensions, scaling.factor, maximum), magnitude: 1 };
    case 'llama3':
      return fixed(plain.map((frequency) => llama3Frequency(frequency, scaling, original)));
    case 'yarn': {
      const factor = scaling.factor ?? maximum / original;
      return fixed(yarnFrequencies(rope, plain, scaling, factor), yarnMagnitude(scaling, factor));
    }
    case 'longrope': {
      const divided = (factors: readonly number[]) => plain.map((frequency, pair) => frequency / (factors[pair] ?? 1));
      const short = divided(scaling.short_factor);
      const long = divided(scaling.long_factor);
      return {
        frequencies: (length) => (length > original ? long : short),
        magnitude: scaling.attention_factor ?? longropeMagnitude(scaling.factor ?? maximum / original, original),
      };
    }
  }
}

/** NTK-aware scaling by the prompt's length: within the model's own context nothing changes. */
function dynamicFrequencies(base: number, dimensions: number, factor: number, maximum: number): Rotary['frequencies'] {
  return (length) => {
    const stretch = (factor * Math.max(length, maximum)) / maximum - (factor - 1);
    return rotaryFrequencies(base * stretch ** (dimensions / (dimensions - 2)), dimensions);
  };
}

/** Llama 3.1: long wavelengths are divided by the factor, short ones kept, those between interpolated. */
function llama3Frequency(frequency: number, scaling: z.output<typeof kinds.llama3>, original: number): number {
  const { factor, low_freq_factor: low, high_freq_factor: high } = scaling;
  const turns = (original * frequency) / (2 * Math.PI);
  if (turns < low) return frequency / factor;
  if (turns > high) return frequency;
  const smooth = (turns - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

type Yarn = z.output<typeof kinds.yarn>;

/** YaRN (Peng et al. 2023): a ramp over the pairs, from those kept to those divided by the factor. */
function yarnFrequencies({ base, original }: Rope, plain: number[], scaling: Yarn, factor: number): number[] {
  const dimensions = plain.length * 2;
  /** The (fractional) pair that makes this many turns within the original context. */
  const pairOf = (turns: number) => (dimensions * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const whole = scaling.truncate ?? true;
  const first = pairOf(scaling.beta_fast ?? 32);
  const last = pairOf(scaling.beta_slow ?? 1);
  const low = Math.max(whole ? Math.floor(first) : first, 0);
  const high = Math.min(whole ? Math.ceil(last) : last, dimensions - 1);
  const span = low === high ? 0.001 : high - low;
  return plain.map((frequency, pair) => {
    const ramp = Math.min(Math.max((pair - low) / span, 0), 1);
    return (frequency / factor) * ramp + frequency * (1 - ramp);
  });
}

function yarnMagnitude({ attention_factor, mscale, mscale_all_dim }: Yarn, factor: number): number {
  const magnitude = (scale: number) => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  if (attention_factor) return attention_factor;
  return mscale && mscale_all_dim ? magnitude(mscale) / magnitude(mscale_all_dim) : magnitude(1);
}

function longropeMagnitude(factor: number, original: number): number {
  return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
}
