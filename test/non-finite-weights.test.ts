/**
 * Weights that are no numbers, or so large that float32 overflows: whatever is asked, the answer is an error that says
 * which weight it is, and never figures.
 */
import assert from 'node:assert/strict';
import { cp, open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ModelSpecification } from '../src/architecture/specification.ts';
import { tensorShapes } from '../src/architecture/tensor-shapes.ts';
import { openModelFiles } from '../src/checkpoint/checkpoint.ts';
import { readTensor } from '../src/checkpoint/read-tensor.ts';
import type { TensorEntry } from '../src/checkpoint/types.ts';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { type AttributionMethod, attributionMethods } from '../src/explain/attribution/methods/registry.ts';
import type { MethodOptions } from '../src/explain/attribution/result.ts';
import { circuits } from '../src/explain/circuits/circuits.ts';
import { compositionKinds } from '../src/explain/circuits/result.ts';
import { circulate } from '../src/explain/circulation/circulate.ts';
import type { CirculationStep } from '../src/explain/circulation/event.ts';
import { lens } from '../src/explain/lens/lens.ts';
import { predict } from '../src/explain/prediction.ts';
import { Gate } from '../src/inference/gate.ts';
import { LoadedModel } from '../src/inference/loaded-model.ts';
import { referenceFolder } from './reference/reference.ts';
import { generated } from './support/generated.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const all = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const checkpoints: Readonly<Record<string, readonly number[]>> = {
  // An infinity could hide behind ReLU, behind softcaps, and as a logit that no token would have.
  'opt-plain': all,
  'gemma2-softcapped': all,
  'attention-only-bare': all,
  'phi-normed': [Number.NaN],
  'llama-grouped': [Number.NaN],
};
const inputIds = [70, 5, 41, 5];
const position = inputIds.length - 1;
const target = { position, token: 9, against: null };
const options: Partial<Record<AttributionMethod, MethodOptions>> = {
  INTEGRATED_GRADIENTS: { steps: 2, baseline: null },
  OCCLUSION: { baseline: null },
};

type Asked = (model: LoadedModel) => Promise<unknown>;

/** All that reads a prompt. */
const questions: Readonly<Record<string, Asked>> = {
  ...Object.fromEntries(
    attributionMethods.map((method): [string, Asked] => [
      method,
      (model) => attribute(model, { inputIds, target, method, options: options[method], selection: {} }, new Gate()),
    ]),
  ),
  lens: (model) => {
    const layers = [...model.specification.blocks.keys()];
    const depths = { layers, embedding: false, afterAttention: true, afterBlock: true };
    const request = { inputIds, positions: [position], ...depths, tokens: [9], top: 1, entropy: true };
    return lens(model, request, new Gate());
  },
  generation: (model) => generated(model, { inputIds, maxTokens: 3 }),
  'explained generation': (model) => generated(model, { inputIds, maxTokens: 3, attribution: { method: 'GRADIENT' } }),
  prediction: (model) => predict(model, { inputIds, position, tokens: [9], top: 1 }, new Gate()),
  circulation: async (model) => {
    const steps: CirculationStep[] = [];
    const { layerCount: layers } = model.specification;
    await circulate(model, { inputIds, track: [0], target, layers, top: 1 }, new Gate(), (step) => steps.push(step));
    return steps;
  },
};
const ofWeights: Asked = (model) => circuits(model, { copying: true, composition: compositionKinds }, new Gate());

async function write({ file, offset }: TensorEntry, index: number, values: readonly number[]): Promise<void> {
  await using handle = await open(file, 'r+');
  await handle.write(new Uint8Array(Float32Array.from(values).buffer), 0, 4 * values.length, offset + 4 * index);
}

/** A copy of a checkpoint in float32, to be changed. */
async function copyOf(name: string, parent: string) {
  const folder = join(parent, name);
  await cp(referenceFolder(name), folder, { recursive: true });
  const files = await openModelFiles(folder);
  const open = () => new LoadedModel(files, 1);
  return { ...files, open, specification: open().specification };
}

describe('a weight that is no finite number', () => {
  for (const [name, values] of Object.entries(checkpoints)) {
    it(`is named by every method, an answer, a prediction, a circulation, the lens and a look at circuits: ${name}`, async () => {
      await using parent = await temporaryFolder();
      const { tensors, open, specification } = await copyOf(name, parent.path);
      const { embedding } = specification;
      const sound = await asked(open(), ofWeights);
      const looked = weightsOfCircuits(specification);
      /** Of tables that rows are taken from: one that the prompt reads. */
      const rows = new Map([[embedding.token, inputIds[0] as number]]);
      if (embedding.position) rows.set(embedding.position.weight, embedding.position.offset);
      // Of the blocks the last: there is nothing after it in which they would spread.
      const weights = tensorShapes({ ...specification, blocks: specification.blocks.slice(-1) }, 0);
      for (const [number, tensor] of [...weights.keys()].entries()) {
        const entry = tensors.get(tensor) as TensorEntry;
        const index = (rows.get(tensor) ?? 0) * (entry.shape[1] ?? 1) + (number % (entry.shape.at(-1) as number));
        const own = (await readTensor(entry))[index] as number;
        for (const value of values) {
          await write(entry, index, [value]);
          const told = { code: 'CHECKPOINT', message: new RegExp(`${value} in tensor "${RegExp.escape(tensor)}"`) };
          const model = open();
          for (const [question, ask] of Object.entries(questions)) {
            await assert.rejects(ask(model), told, `${question} with ${value} in ${tensor}`);
          }
          // Products alone: in them none of the three can be lost where another is not.
          if (Number.isNaN(value)) {
            const circuits = ofWeights(model);
            if (looked.has(tensor)) await assert.rejects(circuits, told, `circuits with ${value} in ${tensor}`);
            else assert.deepEqual(await circuits, sound, `circuits with ${value} in ${tensor}`);
          }
          await model.release();
        }
        await write(entry, index, [own]);
      }
      for (const [question, ask] of Object.entries(questions)) assert.ok(await asked(open(), ask), question);
    });
  }

  it('is told with its place, in half precision as well', async () => {
    await using parent = await temporaryFolder();
    const folder = join(parent.path, 'gemma');
    await cp(referenceFolder('gemma-bfloat16'), folder, { recursive: true });
    const files = await openModelFiles(folder);
    const name = 'model.layers.1.mlp.down_proj.weight';
    const { file, offset, shape } = files.tensors.get(name) as TensorEntry;
    const index = 3 * (shape[1] as number) + 2;
    await using handle = await open(file, 'r+');
    await handle.write(Uint8Array.of(0xc0, 0x7f), 0, 2, offset + 2 * index);
    const message = `model.safetensors holds NaN in tensor "${name}" at [3, 2]`;
    await assert.rejects(asked(new LoadedModel(files, 1), questions.FROZEN as Asked), (error: Error) =>
      error.message.startsWith(message),
    );
  });
});

describe('finite weights that overflow', () => {
  it('are told as that, with the block, by every method, a prediction, a circulation and a look at circuits', async () => {
    await using parent = await temporaryFolder();
    const { tensors, open, specification } = await copyOf('llama-grouped', parent.path);
    const { attention, mlp } = specification.blocks[1] as (typeof specification.blocks)[number];
    for (const map of [mlp?.input, mlp?.output, attention.value, attention.output]) {
      const entry = tensors.get(map?.weight ?? '') as TensorEntry;
      const values = await readTensor(entry);
      await write(
        entry,
        0,
        Array.from(values, (value) => value * 1e30),
      );
    }
    for (const [question, ask] of Object.entries(questions)) {
      const told = { code: 'CHECKPOINT', message: /block 1\b.*overflow.*every weight is finite/ };
      await assert.rejects(asked(open(), ask), told, question);
    }
    await assert.rejects(asked(open(), ofWeights), { code: 'CHECKPOINT', message: /overflow.*every weight is finite/ });
  });
});

/** What heads read and write by, with the linear parts of their norms, and both ends of the vocabulary. */
function weightsOfCircuits({ blocks, embedding, unembedding }: ModelSpecification): Set<string | undefined> {
  return new Set([
    ...[embedding.token, unembedding.weight, unembedding.norm?.weight],
    ...blocks.flatMap(({ attention: { norm, query, key, value, output, postNorm } }) => [
      ...[norm?.weight, postNorm?.weight],
      ...[query, key, value, output].map(({ weight }) => weight),
    ]),
  ]);
}

async function asked(model: LoadedModel, ask: Asked): Promise<unknown> {
  try {
    return await ask(model);
  } finally {
    await model.release();
  }
}
