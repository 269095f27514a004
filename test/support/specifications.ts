/** For tests: specifications of small models of every family, without weights. */
import { specificationOf, specificationOfConfig } from '../../src/architecture/registry.ts';
import type { ModelSpecification } from '../../src/architecture/specification.ts';
import { tensorShapes } from '../../src/architecture/tensor-shapes.ts';
import type { TensorEntry } from '../../src/checkpoint/types.ts';

export type Config = Record<string, unknown>;

/** The smallest configuration of each family: everything else is what transformers takes by default. */
export const decoder = {
  vocab_size: 11,
  hidden_size: 32,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
};

const gpt2 = { vocab_size: 11, n_positions: 64, n_embd: 32, n_layer: 3, n_head: 4 };
const gptNeo = { vocab_size: 11, max_position_embeddings: 64, hidden_size: 32, num_layers: 2, num_heads: 4 };

export const smallest: Record<string, Config> = {
  gpt2,
  gpt_neo: { ...gptNeo, attention_types: [[['global', 'local'], 1]] },
  gpt_neox: decoder,
  gptj: { ...gpt2, rotary_dim: 4 },
  opt: decoder,
  phi: decoder,
  phi3: { ...decoder, intermediate_size: 48 },
  llama: decoder,
  mistral: decoder,
  qwen2: decoder,
  qwen3: decoder,
  gemma: decoder,
  gemma2: decoder,
  gemma3_text: decoder,
  olmo2: decoder,
  stablelm: decoder,
  attention_only: gpt2,
};

/** Without weights: only the names in `tensors` are there, and what they are made of is not looked at. */
export function specify(type: string, options: Config = {}, tensors: readonly string[] = []): ModelSpecification {
  const held = new Map(tensors.map((name) => [name, { name, dtype: 'F32', shape: [] } as unknown as TensorEntry]));
  return specificationOfConfig({ model_type: type, ...smallest[type], ...options }, 'models/small/config.json', held);
}

/** Every tensor that the model reads, in its shape. */
export function tensorsOf(model: ModelSpecification): Map<string, TensorEntry> {
  const tensors = new Map<string, TensorEntry>();
  for (const [name, { shape }] of tensorShapes(model, 48)) hold(tensors, name, shape);
  return tensors;
}

export function hold(tensors: Map<string, TensorEntry>, name: string, shape: readonly number[]): void {
  tensors.set(name, { name, dtype: 'F32', shape, file: '/model.safetensors', offset: 0, length: 0 });
}

export function open(type: string, options: Config, tensors: ReadonlyMap<string, TensorEntry>): ModelSpecification {
  const config = { model_type: type, ...smallest[type], ...options };
  return specificationOf({ folder: 'models/small', config, tensors });
}
