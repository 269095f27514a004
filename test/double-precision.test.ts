/** Weights in float64 are rounded to float32: such a checkpoint is the model that its float32 twin is. */
import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { type ModelFiles, openModelFiles } from '../src/checkpoint/checkpoint.ts';
import { safetensorsHeader } from '../src/checkpoint/random.ts';
import { readTensor } from '../src/checkpoint/read-tensor.ts';
import { attribute } from '../src/explain/attribution/attribute.ts';
import { Gate } from '../src/inference/gate.ts';
import { LoadedModel } from '../src/inference/loaded-model.ts';
import { floatsOf } from '../src/inference/tensor.ts';
import { CircuitGraphs } from '../src/onnx/circuits.ts';
import { referenceFolder } from './reference/reference.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

// Weights by themselves, cut by columns, by rows, and head by head.
for (const name of ['llama-grouped', 'gpt2-plain', 'phi3-partial', 'gpt-neox-parallel']) {
  it(`answers of ${name} in float64 are those in float32`, async () => {
    const single = await openModelFiles(referenceFolder(name));
    await using folder = await temporaryFolder();
    await copyFile(join(single.folder, 'config.json'), join(folder.path, 'config.json'));
    await writeDouble(single, join(folder.path, 'model.safetensors'));
    const double = await openModelFiles(folder.path);
    assert.deepEqual(new Set(Array.from(double.tensors.values(), ({ dtype }) => dtype)), new Set(['F64']));
    const [actual, expected] = [await answers(double), await answers(single)];
    // Of so many numbers no difference is to be written out.
    for (const part of Object.keys(expected) as (keyof typeof expected)[])
      assert.ok(isDeepStrictEqual(actual[part], expected[part]), `${part} differ`);
  });
}

/** All but what float32 has no digits for is kept, so each value is another number than its twin. */
async function writeDouble({ tensors }: ModelFiles, file: string): Promise<void> {
  const entries = [...tensors.values()];
  const values: Uint8Array[] = [];
  for (const entry of entries) {
    const doubles = Float64Array.from(await readTensor(entry), (value) => value * (1 + 2 ** -30));
    values.push(new Uint8Array(doubles.buffer));
  }
  const header = safetensorsHeader(entries.map(({ name, shape }) => ({ name, shape, dtype: 'F64' as const })));
  await writeFile(file, Buffer.concat([header, ...values]));
}

async function answers(files: ModelFiles) {
  const model = new LoadedModel(files, 1);
  try {
    const weights = await Promise.all(
      [...files.tensors].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => readTensor(entry)),
    );
    const product = await model.runOnce((weights) => new CircuitGraphs(model.specification, weights).product(), {});
    const request = {
      inputIds: [5, 9, 2, 7],
      target: { position: 3, token: null, against: null },
      method: 'GRADIENT' as const,
      selection: { layers: 1, neurons: 2 },
    };
    const attribution = await attribute(model, request, new Gate());
    return { weights, product: floatsOf(product, 'product'), attribution };
  } finally {
    await model.release();
  }
}
