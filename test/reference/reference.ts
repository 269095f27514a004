/** Reads the reference values that independent implementations gave for a checkpoint; see README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ModelFiles, openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import { LoadedModel } from '../../src/inference/loaded-model.ts';

const folder = fileURLToPath(new URL('./checkpoints/', import.meta.url));

export interface ReferenceTarget {
  readonly position: number;
  readonly token: number;
  readonly against: number | null;
  readonly logit: number;
  /** What is attributed: the logit before a softcap, or the difference. */
  readonly value: number;
  readonly cappedLogit: number;
  readonly logProbability: number;
  readonly probability: number;
  readonly rank: number;
  /** Σ ⟨gradient, bias⟩ over every bias, by the rules of GRADIENT and of ATTN_LRP. */
  readonly gradientBias: number;
  readonly attnLrpBias: number;
  /** `value` where x^0 is zero. */
  readonly valueAtZero: number;
}

export interface ReferencePrompt {
  readonly index: number;
  readonly ids: readonly number[];
  /** The position whose circulation was computed. */
  readonly circulationSource: number;
  readonly targets: readonly ReferenceTarget[];
}

/** What the model says after a prompt: the likeliest token each time, up to where two of them are too close to tell apart. */
export interface ReferenceAnswer {
  readonly ids: readonly number[];
  readonly nearTie: boolean;
  readonly logProbabilities: readonly number[];
  /** Of each prediction, in nats. */
  readonly entropies: readonly number[];
}

/** Positions of the longest prompt, likeliest tokens, and tokens of a vocabulary that `hooks.safetensors` tells of; see `hooks.py`. */
export const hookPositions = [4, 22];
export const hookTop = 5;
export const hookTokens = (vocabularySize: number) => [3, 100, vocabularySize - 1];

/** A vocabulary as real models have, so large that its references have no number for every token of it. */
export const largeVocabulary = 'llama-large-vocabulary';

/** Names of all other committed checkpoints: a family and a variant. */
export const referenceNames: readonly string[] = readdirSync(folder)
  .filter((name) => name !== largeVocabulary)
  .sort();

export function referenceFolder(name: string): string {
  return join(folder, name);
}

/**
 * Numbers that lean weights are converted by in tests: so few that nearly every weight is in several pieces, and the largest
 * in no more than forty.
 */
export function smallPieceOf({ tensors }: Pick<ModelFiles, 'tensors'>): number {
  const sizes = Array.from(tensors.values(), ({ shape }) => shape.reduce((product, size) => product * size, 1));
  return Math.max(300, Math.ceil(Math.max(...sizes) / 40));
}

export class Reference {
  readonly name: string;
  readonly prompts: readonly ReferencePrompt[];
  readonly #tensors: ReadonlyMap<string, Float32Array>;
  readonly #answers: readonly ReferenceAnswer[];
  #hooks: ReadonlyMap<string, Float32Array> | undefined;

  constructor(name: string) {
    this.name = name;
    const { prompts } = JSON.parse(readFileSync(join(folder, name, 'reference.json'), 'utf8')) as {
      prompts: ReferencePrompt[];
    };
    this.prompts = prompts.map((prompt, index) => ({ ...prompt, index }));
    this.#tensors = readTensors(join(folder, name, 'reference.safetensors'));
    this.#answers = JSON.parse(readFileSync(join(folder, name, 'generation.json'), 'utf8'));
  }

  /** A tensor of a prompt, or of one of its targets, row-major; undefined where the reference has none. */
  find(prompt: ReferencePrompt, name: string, target?: number): Float32Array | undefined {
    return this.#tensors.get(target === undefined ? `p${prompt.index}.${name}` : `p${prompt.index}.t${target}.${name}`);
  }

  /** What hooks of transformers saw of the longest prompt; undefined where the model has no such thing. */
  hook(name: string): Float32Array | undefined {
    this.#hooks ??= readTensors(join(folder, this.name, 'hooks.safetensors'));
    return this.#hooks.get(name);
  }

  answerTo({ index }: ReferencePrompt): ReferenceAnswer {
    return this.#answers[index] as ReferenceAnswer;
  }

  /** A tensor that is about the model alone, no prompt. */
  ofModel(name: string): Float32Array {
    const values = this.#tensors.get(name);
    if (!values) throw new Error(`${this.name} has no reference ${name}`);
    return values;
  }

  tensor(prompt: ReferencePrompt, name: string, target?: number): Float32Array {
    const values = this.find(prompt, name, target);
    if (!values) throw new Error(`${this.name} has no reference ${name} for prompt ${prompt.index}`);
    return values;
  }

  async load(): Promise<LoadedModel> {
    return new LoadedModel(await openModelFiles(join(folder, this.name)), 1);
  }

  /** Its weights lean, where they are in half precision. */
  async loadLean(): Promise<LoadedModel | undefined> {
    const files = await openModelFiles(join(folder, this.name));
    const half = files.tensors.values().some(({ dtype }) => dtype !== 'F32');
    return half ? new LoadedModel(files, 1, 'LEAN', smallPieceOf(files)) : undefined;
  }
}

/** A suite for each checkpoint, and one more where half precision can be held in two ways. Opening a model reads headers alone; what it loads is given back after its tests. */
export async function describeReferences(
  suite: (reference: Reference, model: LoadedModel) => void,
  names = referenceNames,
): Promise<void> {
  for (const name of names) {
    const reference = new Reference(name);
    for (const model of [await reference.load(), await reference.loadLean()]) {
      if (!model) continue;
      describe(model.weights === 'LEAN' ? `${name}, lean` : name, () => {
        after(() => model.release());
        suite(reference, model);
      });
    }
  }
}

function readTensors(file: string): Map<string, Float32Array> {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, Float32Array>();
  for (const [name, { dtype, data_offsets: offsets }] of Object.entries(header)) {
    if (dtype !== 'F32') continue;
    const [begin, end] = offsets;
    tensors.set(
      name,
      new Float32Array(bytes.buffer.slice(bytes.byteOffset + start + begin, bytes.byteOffset + start + end)),
    );
  }
  return tensors;
}
