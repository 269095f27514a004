/** Finds the family of a checkpoint. Every file in `families/` is one; adding a family is adding its file. */
import { readdirSync } from 'node:fs';
import { readConfig } from '../checkpoint/config.ts';
import type { TensorEntry } from '../checkpoint/types.ts';
import { TributaryError } from '../errors.ts';
import type { Architecture, Declared } from './architecture.ts';
import { inOwnNames, ruledKeys, unknownKeys } from './keys.ts';
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
  const { config, tensors, folder } = checkpoint;
  const model = specificationOfConfig(config, 'config.json', tensors);
  verifyTensors(model, tensors, folder);
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

/** As transformers saves a whole model, with an unembedding of its own only where it is not tied. */
const presumed: Declared['tensors'] = {
  has: (name) => name !== 'lm_head.weight' && name !== 'embed_out.weight',
  get: () => undefined,
};

/**
 * What a model is made of as far as its configuration says so.
 * @param tensors those that the checkpoint has; presumed where they are not known
 * @throws TributaryError CHECKPOINT for an unknown family or an unsupported option
 */
export function specificationOfConfig(
  config: Readonly<Record<string, unknown>>,
  file: string,
  tensors = presumed,
): ModelSpecification {
  const architecture = architectureOf(config, file);
  readConfig(config, ruledKeys, file);
  return architecture.specify({ config: inOwnNames(config, architecture.aliases), file, tensors });
}

/**
 * Keys of a configuration that nobody here reads and that are not known to be harmless: they may say that the model is
 * another one than is computed.
 */
export function unreadKeys(config: Readonly<Record<string, unknown>>, file: string): string[] {
  const { schema, aliases = {} } = architectureOf(config, file);
  return unknownKeys(config, [...Object.keys(schema.shape), ...Object.keys(aliases)]);
}
