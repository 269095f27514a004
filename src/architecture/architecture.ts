/** A model family: how its configuration and tensor names say what its blocks are. One file each in `families/`. */
import type { ModelSpecification } from './specification.ts';

/** What a declaration reads: the checkpoint's configuration and the names of its tensors. */
export interface Declared {
  /** `config.json`, as parsed. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Where the configuration lies, for messages. */
  readonly file: string;
  readonly tensors: { has(name: string): boolean };
}

export interface Architecture {
  /** As in the GraphQL enum: GPT2, LLAMA, … */
  readonly name: string;
  /** The `model_type`s of configurations that are of this family. */
  readonly modelTypes: readonly string[];
  /** @throws TributaryError CHECKPOINT when the configuration asks for something that we do not do, by name. */
  specify(checkpoint: Declared): ModelSpecification;
}

/** The prefix that this checkpoint's tensors carry: with or without the name of the model inside its task head. */
export function prefixOf({ tensors }: Declared, prefix: string, probe: string): string {
  return tensors.has(`${prefix}${probe}`) ? prefix : '';
}

/** W_U: the embedding itself where the two are tied, and where a checkpoint leaves the tied copy out. */
export function unembeddingWeight(tied: boolean, embedding: string, own = 'lm_head.weight'): string {
  return tied ? embedding : own;
}
