/** `init`: a model with random weights, to try out a family or to measure a shape. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { architectures } from '../../architecture/registry.ts';
import { type TensorShape, tensorShapes } from '../../architecture/tensor-shapes.ts';
import { openCheckpoint } from '../../checkpoint/checkpoint.ts';
import { readJsonObject } from '../../checkpoint/config.ts';
import type { ByteProgress } from '../../checkpoint/progress.ts';
import { writeRandomWeights } from '../../checkpoint/random.ts';
import type { Distribution } from '../../checkpoint/random-values.ts';
import { TributaryError } from '../../errors.ts';
import { byteTokenizer, byteTokenizerSize } from './byte-tokenizer.ts';
import { expectFree, fromCaller, verifyName } from './folder.ts';
import { interruptible } from './interruptible.ts';
import { progressBar } from './progress-bar.ts';
import { configOf, type Dtype, type Shape, smallShape } from './shape.ts';
import { bytesText, countText } from './text.ts';

export interface InitOptions extends Partial<Shape> {
  readonly seed: number;
  readonly dtype: Dtype;
  /** Keys of the configuration that count before the family's defaults and the shape. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** See `RandomWeightsOptions`. */
  readonly limit?: number;
  readonly onProgress?: (progress: ByteProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes `<models>/<name>`; it is there when it is whole.
 * @param family a name as in the GraphQL enum, or a `model_type`
 * @throws TributaryError CHECKPOINT when the family is unknown, cannot have this shape, or the name is taken
 */
export async function initModel(models: string, family: string, name: string, options: InitOptions) {
  const wanted = family.toLowerCase().replaceAll('-', '_');
  const architecture = architectures.find(({ name, modelTypes }) =>
    [name.toLowerCase(), ...modelTypes].includes(wanted),
  );
  if (!architecture) {
    const known = architectures.map(({ name }) => name.toLowerCase()).join(', ');
    throw new TributaryError('CHECKPOINT', `there is no family ${JSON.stringify(family)}; there are ${known}`);
  }
  const { seed, dtype, config: base, limit, onProgress, signal, ...given } = options;
  verifyName(name);
  const target = join(models, name);
  await expectFree(target);
  const { config, specification, neurons } = configOf(architecture.modelTypes[0] as string, given, dtype, base);
  if (specification.vocabularySize < byteTokenizerSize) {
    const why = 'its tokens are the 256 bytes and the end of a text';
    throw new TributaryError('CHECKPOINT', `a vocabulary has at least ${byteTokenizerSize} tokens: ${why}`);
  }
  const end = { bos_token_id: byteTokenizerSize - 1, eos_token_id: byteTokenizerSize - 1 };
  const tensors = Array.from(tensorShapes(specification, neurons), ([name, tensor]) => ({
    name,
    shape: tensor.shape,
    distribution: distributionOf(tensor),
  }));

  const unfinished = join(models, `.init-${name.replace('/', '--')}`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  try {
    await writeFile(join(unfinished, 'config.json'), json({ ...config, ...end }));
    await writeFile(join(unfinished, 'tokenizer.json'), json(byteTokenizer()));
    await writeRandomWeights(unfinished, tensors, {
      ...{ dtype, seed },
      ...(limit !== undefined && { limit }),
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    });
    await mkdir(dirname(target), { recursive: true });
    await rename(unfinished, target);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return openCheckpoint(target);
}

/** Each output of a map is of the size of its inputs, so that the figures of a model of any shape are alive. */
function distributionOf({ role, inputs = 1, offset = 0 }: TensorShape): Distribution {
  switch (role) {
    case 'MAP':
      return { kind: 'NORMAL', deviation: inputs ** -0.5 };
    case 'SCALE':
      return { kind: 'NORMAL', mean: 1 - offset, deviation: 0.02 };
    case 'BIAS':
      return { kind: 'NORMAL', deviation: 0.02 };
  }
}

export function initCommand(models: string): Command {
  const families = architectures.map(({ name }) => name.toLowerCase()).join(', ');
  return new Command('init')
    .summary('make a model with random weights')
    .description(
      `Makes a model with random weights, the same ones for the same seed, and a tokenizer whose tokens are bytes.\nIt says nothing of worth, but runs like any other: to try out a family, to test, to measure a shape.\n\nFamilies: ${families}`,
    )
    .argument('<family>', 'one of the families above')
    .argument('[name]', 'its name in the models folder (default: random-<family>)')
    .option('--width <n>', `numbers in the residual stream at one position (default: ${smallShape.width})`, whole)
    .option('--layers <n>', `blocks (default: ${smallShape.layers})`, whole)
    .option('--heads <n>', `attention heads of each block (default: ${smallShape.heads})`, whole)
    .option('--key-value-heads <n>', 'key and value heads, where groups of heads share them (default: --heads)', whole)
    .option('--neurons <n>', 'width of the MLPs (default: 4 × --width)', whole)
    .option(
      '--vocabulary <n>',
      `tokens; those beyond 256 bytes and an end are blank (default: ${smallShape.vocabulary})`,
      whole,
    )
    .option('--context <n>', `the longest prompt, in tokens (default: ${smallShape.context})`, whole)
    .option('--seed <n>', 'what the weights are drawn from', seed, 1)
    .addOption(
      new Option('--dtype <type>', 'how the weights are stored').choices(['F32', 'F16', 'BF16']).default('F32'),
    )
    .option('--config <file>', 'a config.json to begin with; the options above count before what it says')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run models -- init llama tiny --width 128 --heads 8 --key-value-heads 2\n  npm run models -- init llama seven --width 4096 --layers 32 --heads 32 --neurons 11008 --vocabulary 32000 --context 4096 --dtype BF16',
    )
    .action(async (family: string, name: string | undefined, { config: file, ...options }) => {
      const config = file === undefined ? undefined : await readJsonObject(fromCaller(file));
      const chosen = name ?? `random-${family.toLowerCase()}`;
      const { tensors } = await written(models, family, chosen, { ...options, ...(config && { config }) });
      const values = tensors.values().reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
      const bytes = tensors.values().reduce((sum, { length }) => sum + length, 0);
      console.log(`${chosen}: ${countText(values)} parameters, ${bytesText(bytes)}, in ${join(models, chosen)}`);
    });
}

async function written(models: string, family: string, name: string, options: InitOptions) {
  using bar = progressBar(process.stderr);
  return await interruptible('stopped; nothing of it is left', (signal) =>
    initModel(models, family, name, { ...options, onProgress: bar.show, signal }),
  );
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return value;
}

function seed(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
