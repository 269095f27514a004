/** Checkpoints that are measured: of random weights in the shapes of published models, and the sample model. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type InitOptions, initModel } from '../../src/cli/models/init.ts';
import type { Weights } from '../../src/onnx/weights.ts';

interface Measured {
  readonly title: string;
  /** How a process has its weights where nothing else is asked for. */
  readonly weights: Weights;
}

interface RandomShape extends Measured, InitOptions {
  readonly family: string;
}

interface CommittedShape extends Measured {
  readonly folder: string;
}

export const shapes = {
  gpt2: {
    title: 'GPT-2 small, 124 million parameters, F32',
    weights: 'PACKED',
    family: 'gpt2',
    dtype: 'F32',
    seed: 1,
    width: 768,
    layers: 12,
    heads: 12,
    vocabulary: 50_257,
    context: 2048,
  },
  'llama-135m': {
    title: 'Llama of 135 million parameters (SmolLM2), BF16',
    weights: 'PACKED',
    family: 'llama',
    dtype: 'BF16',
    seed: 1,
    width: 576,
    layers: 30,
    heads: 9,
    keyValueHeads: 3,
    neurons: 1536,
    vocabulary: 49_152,
    context: 8192,
  },
  'llama-1b': {
    title: 'Llama of 1.1 billion parameters (TinyLlama), BF16',
    weights: 'LEAN',
    family: 'llama',
    dtype: 'BF16',
    seed: 1,
    width: 2048,
    layers: 22,
    heads: 32,
    keyValueHeads: 4,
    neurons: 5632,
    vocabulary: 32_000,
    context: 2048,
  },
  deep: {
    title: 'GPT-2 of 48 narrow layers, F32',
    weights: 'PACKED',
    family: 'gpt2',
    dtype: 'F32',
    seed: 1,
    width: 64,
    layers: 48,
    heads: 4,
    vocabulary: 512,
    context: 1024,
  },
  sample: {
    title: 'the sample model',
    weights: 'PACKED',
    folder: fileURLToPath(new URL('../../models/sample', import.meta.url)),
  },
} as const satisfies Record<string, RandomShape | CommittedShape>;

export type ShapeName = keyof typeof shapes;

export const shapeNames = Object.keys(shapes) as ShapeName[];

/** @param models where it is written, unless it is there already @returns its folder */
export async function folderOf(name: ShapeName, models: string): Promise<string> {
  const shape: RandomShape | CommittedShape = shapes[name];
  if ('folder' in shape) return shape.folder;
  const folder = join(models, name);
  if (existsSync(folder)) return folder;
  const { title, weights, family, ...options } = shape;
  void [title, weights];
  await initModel(models, family, name, options);
  return folder;
}
