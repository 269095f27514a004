/** A model family: how its configuration and tensor names say what its blocks are. One file each in `families/`. */
import type { z } from 'zod';
import type { TensorEntry } from '../checkpoint/types.ts';
import { TributaryError } from '../errors.ts';
import type { ModelSpecification } from './specification.ts';

/** What a declaration reads: the checkpoint's configuration, and which tensors it holds. */
export interface Declared {
  /** `config.json`, as parsed, under the family's own names. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Where the configuration lies, for messages. */
  readonly file: string;
  readonly tensors: Pick<ReadonlyMap<string, TensorEntry>, 'has' | 'get'>;
}

export interface Architecture {
  /** As in the GraphQL enum: GPT2, LLAMA, … */
  readonly name: string;
  /** The `model_type`s of configurations that are of this family. */
  readonly modelTypes: readonly string[];
  /** The keys of a configuration that are read; those of all families are in `keys.ts`. */
  readonly schema: z.ZodObject;
  /** Other names that transformers has for some of them. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** @throws TributaryError CHECKPOINT when the configuration asks for something that we do not do, by name. */
  specify(checkpoint: Declared): ModelSpecification;
}

/**
 * The prefix that this checkpoint's tensors carry: that of the model inside its task head, or a shorter one where the
 * checkpoint was saved without the head.
 * @param prefixes longest first; none of them fitting, there is no prefix
 */
export function prefixOf({ tensors }: Declared, prefixes: string | readonly string[], probe: string): string {
  return [prefixes].flat().find((prefix) => tensors.has(`${prefix}${probe}`)) ?? '';
}

/**
 * W_U: the embedding itself where the two are tied and the checkpoint leaves the copy out. A copy that is there counts,
 * as in transformers: should it differ from the embedding, the two are not tied whatever the configuration says.
 */
export function unembeddingWeight(
  { tensors }: Declared,
  tied: boolean,
  embedding: string,
  own = 'lm_head.weight',
): string {
  return tied && !tensors.has(own) ? embedding : own;
}

/** For what one key of a configuration cannot tell by itself. */
export function refuse({ file }: Declared, key: string, why: string): never {
  throw new TributaryError('CHECKPOINT', `${file}: ${key}: ${why}`);
}
