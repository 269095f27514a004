/** A checkpoint of GPT-2 small's shape with random weights: 12 blocks, width 768, 124 million parameters. */
import { mkdir, writeFile } from 'node:fs/promises';
import { type RandomTensor, writeRandomWeights } from '../../src/checkpoint/random.ts';

const layers = 12;
const width = 768;
const vocabulary = 50_257;
const context = 1024;

export async function writeGpt2Small(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const config = {
    model_type: 'gpt2',
    vocab_size: vocabulary,
    n_positions: context,
    n_embd: width,
    n_layer: layers,
    n_head: 12,
  };
  await writeFile(`${folder}/config.json`, JSON.stringify(config));
  const weight = (name: string, ...shape: number[]): RandomTensor => ({
    name: `${name}.weight`,
    shape,
    distribution: { kind: 'NORMAL', deviation: 0.02 },
  });
  const bias = (name: string, length: number): RandomTensor => ({
    name: `${name}.bias`,
    shape: [length],
    distribution: { kind: 'CONSTANT', value: 0 },
  });
  const norm = (name: string): RandomTensor[] => [
    { name: `${name}.weight`, shape: [width], distribution: { kind: 'CONSTANT', value: 1 } },
    bias(name, width),
  ];
  const linear = (name: string, inputs: number, outputs: number) => [
    weight(name, inputs, outputs),
    bias(name, outputs),
  ];
  const blocks = Array.from({ length: layers }, (_, layer) => [
    ...norm(`h.${layer}.ln_1`),
    ...linear(`h.${layer}.attn.c_attn`, width, 3 * width),
    ...linear(`h.${layer}.attn.c_proj`, width, width),
    ...norm(`h.${layer}.ln_2`),
    ...linear(`h.${layer}.mlp.c_fc`, width, 4 * width),
    ...linear(`h.${layer}.mlp.c_proj`, 4 * width, width),
  ]);
  const tensors = [weight('wte', vocabulary, width), weight('wpe', context, width), ...blocks.flat(), ...norm('ln_f')];
  await writeRandomWeights(folder, tensors, { dtype: 'F32', seed: 1 });
}
