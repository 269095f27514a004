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
  const architecture = architectures.find(({ modelTypes }) => modelTypes.includes(String(config.model_type)));
  if (!architecture) {
    const known = architectures.flatMap(({ modelTypes }) => modelTypes).join(', ');
    throw new TributaryError(
      'CHECKPOINT',
      `${file}: the model_type ${JSON.stringify(config.model_type)} is not supported; supported are ${known}`,
    );
  }
  const model = architecture.specify({ config, file, tensors });
  verifyTensors(model, tensors, checkpoint.folder);
  return model;
}
