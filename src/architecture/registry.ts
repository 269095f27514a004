/** Finds the family of a checkpoint. Every file in `families/` is one; adding a family is adding its file. */
import { readdirSync } from 'node:fs';
import type { TensorEntry } from '../checkpoint/types.ts';
import { TributaryError } from '../errors.ts';
import type { Architecture } from './architecture.ts';
import type { ModelSpecification } from './specification.ts';
import { verifyTensors } from './verify.ts';

const folder = new URL('./families/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

/** All families, by name. */
export const architectures: readonly Architecture[] = await Promise.all(
  files.sort().map(async (file) => ((await import(new URL(file, folder).href)) as { default: Architecture }).default),
);

/**
 * What the model in a checkpoint is made of.
 * @throws TributaryError CHECKPOINT for an unknown family, an unsupported option, or tensors that do not fit.
 */
export function specificationOf(checkpoint: {
  readonly folder: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}): ModelSpecification {
  const { config, tensors } = checkpoint;
  const file = `${checkpoint.folder}/config.json`;
  const architecture = architectureOf(config, file);
  const model = architecture.specify({ config, file, tensors });
  verifyTensors(model, tensors, checkpoint.folder);
  return model;
}

/** The family of a configuration. @param file named in the message @throws TributaryError CHECKPOINT for an unknown one */
export function architectureOf(config: Readonly<Record<string, unknown>>, file: string): Architecture {
  const architecture = architectures.find(({ modelTypes }) => modelTypes.includes(String(config.model_type)));
  if (architecture) return architecture;
  const known = architectures.flatMap(({ modelTypes }) => modelTypes).join(', ');
  throw new TributaryError(
    'CHECKPOINT',
    `${file}: the model_type ${JSON.stringify(config.model_type)} is not supported; supported are ${known}`,
  );
}

/**
 * What a model is made of as far as its configuration alone says so: the tensors are presumed to be there, named as
 * transformers saves a whole model, with an unembedding of its own only where it is not tied.
 * @throws TributaryError CHECKPOINT for an unknown family or an unsupported option
 */
export function specificationOfConfig(config: Readonly<Record<string, unknown>>, file: string): ModelSpecification {
  const presumed = { has: (name: string) => name !== 'lm_head.weight', get: () => undefined };
  return architectureOf(config, file).specify({ config, file, tensors: presumed });
}
