/** Lean and packed weights: two ways to the same answers, whatever way the weights lie in the file. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ModelFiles, openModelFiles } from '../src/checkpoint/checkpoint.ts';
import { safetensorsHeader } from '../src/checkpoint/random.ts';
import { readTensor } from '../src/checkpoint/read-tensor.ts';
import { attributeAll } from '../src/explain/attribution/attribute.ts';
import { sourcesGrain } from '../src/explain/attribution/grains/moves-grain.ts';
import { circulate } from '../src/explain/circulation/circulate.ts';
import type { CirculationStep } from '../src/explain/circulation/event.ts';
import { Gate } from '../src/inference/gate.ts';
import { LoadedModel } from '../src/inference/loaded-model.ts';
import type { TargetRequest } from '../src/inference/target.ts';
import { floatsOf } from '../src/inference/tensor.ts';
import { CircuitGraphs } from '../src/onnx/circuits.ts';
import { referenceFolder, referenceNames, smallPieceOf } from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** Of the largest figure of an answer. */
const agreement = 1e-6;
const inputIds = [5, 9, 2, 7, 11];

describe('lean weights give the answers of packed ones', () => {
  for (const name of referenceNames) {
    it(name, async () => {
      const original = await openModelFiles(referenceFolder(name));
      // Of a family once: float32 weights are lean without a conversion.
      if (name === referenceNames.find((one) => one.split('-')[0] === name.split('-')[0])) await compare(original);
      await using folder = await temporaryFolder();
      await copyFile(join(original.folder, 'config.json'), join(folder.path, 'config.json'));
      await writeHalf(original, join(folder.path, 'model.safetensors'));
      await compare(await openModelFiles(folder.path));
    });
  }
});

async function compare(files: ModelFiles): Promise<void> {
  const [packed, lean] = [new LoadedModel(files, 1), new LoadedModel(files, 1, 'LEAN', smallPieceOf(files))];
  try {
    const [expected, actual] = [await answers(packed), await answers(lean)];
    for (const [part, numbers] of Object.entries(expected))
      assertClose(actual[part] ?? [], numbers, scaledTolerance(numbers, agreement), part);
  } finally {
    await packed.release();
    await lean.release();
  }
}

async function answers(model: LoadedModel): Promise<Record<string, number[]>> {
  const [position, token, against] = [inputIds.length - 1, 3, 4];
  const ask = (method: string, target: TargetRequest) =>
    attributeAll(
      model,
      { inputIds, targets: [target], method, selection: { layers: 1, [sourcesGrain]: 1, residuals: 1 } },
      new Gate(),
    );
  const steps: CirculationStep[] = [];
  const { layerCount: layers } = model.specification;
  const target = { position, token, against: null };
  await circulate(model, { inputIds, track: [1], target, layers, top: 1 }, new Gate(), async (step) => {
    if (step.type !== 'STARTED') steps.push(step);
  });
  const product = await model.runOnce((files) => new CircuitGraphs(model.specification, files).product(), {});
  return {
    frozen: figuresIn(await ask('FROZEN', { position, token, against })),
    gradient: figuresIn(await ask('GRADIENT', { position, token, against, kind: 'PROBABILITY' })),
    circulation: figuresIn(steps),
    product: [...floatsOf(product, 'product')],
  };
}

/** Numbers of an answer that count or name something. */
const noFigures: ReadonlySet<string> = new Set(['token', 'against', 'rank', 'position', 'layer', 'elapsed']);

/** All figures of an answer, in its order. */
function figuresIn(answer: unknown): number[] {
  if (typeof answer === 'number') return [answer];
  if (ArrayBuffer.isView(answer)) return Array.from(answer as Float32Array);
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([key, value]) => (noFigures.has(key) ? [] : figuresIn(value)));
}

/** The upper half of each float32 is a bfloat16. */
async function writeHalf({ tensors }: ModelFiles, file: string): Promise<void> {
  const entries = [...tensors.values()];
  const values = await Promise.all(
    entries.map(async (entry) => {
      const words = new Uint32Array((await readTensor(entry)).buffer);
      return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer);
    }),
  );
  const header = safetensorsHeader(entries.map(({ name, shape }) => ({ name, shape, dtype: 'BF16' as const })));
  await writeFile(file, Buffer.concat([header, ...values]));
}
