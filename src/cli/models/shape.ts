/** A model's shape in a family's own words: GPT-2 says `n_embd` where Llama says `hidden_size`. */
import { architectureOf, specificationOfConfig } from '../../architecture/registry.ts';
import type { ModelSpecification } from '../../architecture/specification.ts';
import { TributaryError } from '../../errors.ts';
import { byteTokenizerSize } from './byte-tokenizer.ts';

export interface Shape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Width of the MLPs. */
  readonly neurons: number;
  readonly vocabulary: number;
  /** Tokens of the longest prompt. */
  readonly context: number;
}

export const smallShape = { width: 64, layers: 4, heads: 4, vocabulary: byteTokenizerSize, context: 256 };

const dtypes = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;
export type Dtype = keyof typeof dtypes;

/** What a shape is called in any family; which of these a family reads, its schema says. */
const spellings: Readonly<Record<keyof Shape, readonly string[]>> = {
  width: ['hidden_size', 'n_embd'],
  layers: ['num_hidden_layers', 'n_layer', 'num_layers'],
  heads: ['num_attention_heads', 'n_head', 'num_heads'],
  keyValueHeads: ['num_key_value_heads'],
  neurons: ['intermediate_size', 'n_inner', 'ffn_dim'],
  vocabulary: ['vocab_size'],
  context: ['max_position_embeddings', 'n_positions'],
};

/**
 * A configuration of a shape, all else by the family's defaults.
 * @param given counts before `base`, a configuration to begin with, and that before `smallShape`
 * @throws TributaryError CHECKPOINT when the family cannot have this shape
 */
export function configOf(
  modelType: string,
  given: Partial<Shape>,
  dtype: Dtype,
  base: Readonly<Record<string, unknown>> = {},
): { config: Record<string, unknown>; specification: ModelSpecification; neurons: number } {
  const shape = wholeShape({ ...smallShape, ...shapeIn(base), ...given });
  const named = Object.entries(spellings).flatMap(([part, keys]) =>
    keys.map((key) => [key, shape[part as keyof Shape]] as const),
  );
  const every = {
    ...consequences(shape),
    ...base,
    ...Object.fromEntries(named),
    dtype: dtypes[dtype],
    model_type: modelType,
  };
  const file = `the configuration of a ${modelType}`;
  const { schema } = architectureOf(every, file);
  const read = new Set(['model_type', 'dtype', ...Object.keys(base), ...Object.keys(schema.shape)]);
  // No family but one reads how wide its MLPs are, the tensors say so; transformers does, by one of these names.
  read.add(modelType === 'opt' ? 'ffn_dim' : read.has('n_embd') ? 'n_inner' : 'intermediate_size');
  const config = Object.fromEntries(Object.entries(every).filter(([key]) => read.has(key)));
  return { config, specification: sound(specificationOfConfig(config, file)), neurons: shape.neurons };
}

function shapeIn(config: Readonly<Record<string, unknown>>): Partial<Shape> {
  const found = Object.entries(spellings).flatMap(([part, keys]) => {
    const value = keys.map((key) => config[key]).find((value) => typeof value === 'number');
    return value === undefined ? [] : [[part, value]];
  });
  return Object.fromEntries(found);
}

function wholeShape(shape: typeof smallShape & Partial<Shape>): Shape {
  return { ...shape, neurons: shape.neurons ?? 4 * shape.width, keyValueHeads: shape.keyValueHeads ?? shape.heads };
}

/** What a shape makes of keys whose defaults suit the sizes of the published models only. */
function consequences({ width, layers, heads }: Shape) {
  const headWidth = width / heads;
  return {
    head_dim: headWidth,
    query_pre_attn_scalar: headWidth,
    rotary_dim: Math.min(64, headWidth),
    word_embed_proj_dim: width,
    attention_types: [[Array.from({ length: layers }, (_, layer) => (layer % 2 === 0 ? 'global' : 'local')), 1]],
  };
}

function sound(specification: ModelSpecification): ModelSpecification {
  const { width, headCount, keyValueHeadCount, headWidth, blocks } = specification;
  const refuse = (fault: string): never => {
    throw new TributaryError('CHECKPOINT', fault);
  };
  if (!Number.isInteger(headWidth)) refuse(`a width of ${width} cannot be divided into ${headCount} heads`);
  if (headCount % keyValueHeadCount !== 0)
    refuse(`${headCount} query heads cannot share ${keyValueHeadCount} key/value heads evenly`);
  if (blocks.some(({ attention: { rotary } }) => rotary && (rotary.dimensions % 2 !== 0 || rotary.dimensions < 2)))
    refuse(`heads of width ${headWidth} cannot be rotated in pairs; choose a width that is an even multiple of heads`);
  return specification;
}
