import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { type RandomTensor, type RandomWeightsOptions, writeRandomWeights } from './random.ts';
import { readTensor } from './read-tensor.ts';
import type { TensorEntry } from './types.ts';
import { readWeights } from './weights.ts';

/** More than is written at a time. */
const normal: RandomTensor = { name: 'n', shape: [1025, 1025], distribution: { kind: 'NORMAL', deviation: 0.02 } };
const ones: RandomTensor = { name: 'o', shape: [5], distribution: { kind: 'CONSTANT', value: 1 } };

describe('random weights', () => {
  it('have the distribution that was asked for', async () => {
    const values = await valuesOf([ones, normal], 'n', { dtype: 'F32', seed: 1 });
    assert.equal(values.length, 1025 * 1025);
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    assert.ok(Math.abs(moment(1)) < 1e-4);
    assert.ok(Math.abs(Math.sqrt(moment(2)) - 0.02) < 1e-4);
    assert.ok(Math.abs(moment(4) / moment(2) ** 2 - 3) < 0.05, 'the kurtosis is that of a normal distribution');
    const next = values.subarray(1).reduce((sum, value, i) => sum + value * (values[i] as number), 0) / values.length;
    assert.ok(Math.abs(next / moment(2)) < 0.01, 'neighbours are independent');
    assert.deepEqual([...(await valuesOf([ones], 'o', { dtype: 'F32', seed: 1 }))], [1, 1, 1, 1, 1]);
  });

  it('are the same for the same seed, whatever else is written', async () => {
    const alone = await valuesOf([normal], 'n', { dtype: 'F32', seed: 7 });
    assert.deepEqual(await valuesOf([ones, normal], 'n', { dtype: 'F32', seed: 7 }), alone);
    assert.notDeepEqual(await valuesOf([normal], 'n', { dtype: 'F32', seed: 8 }), alone);
    const renamed = { ...normal, name: 'm' };
    assert.notDeepEqual(await valuesOf([renamed], 'm', { dtype: 'F32', seed: 7 }), alone);
  });

  it('are rounded to the nearest value of a narrower type', async () => {
    const small = { ...normal, shape: [10_000] };
    const exact = await valuesOf([small], 'n', { dtype: 'F32', seed: 3 });
    for (const [dtype, relative] of [
      ['F16', 2 ** -11],
      ['BF16', 2 ** -8],
    ] as const) {
      const rounded = await valuesOf([small], 'n', { dtype, seed: 3 });
      for (let i = 0; i < exact.length; i++) {
        const [value, near] = [exact[i] as number, rounded[i] as number];
        // 2^-25 is half of the least positive float16.
        assert.ok(
          Math.abs(value - near) <= Math.max(Math.abs(value) * relative, 2 ** -25),
          `${dtype}: ${value} ${near}`,
        );
      }
    }
  });

  it('leave nothing behind when their writing is aborted', async () => {
    await using folder = await temporaryFolder();
    const writing = writeRandomWeights(folder.path, [normal], { dtype: 'F32', seed: 1, signal: AbortSignal.abort() });
    await assert.rejects(writing, { name: 'AbortError' });
    assert.deepEqual(await readdir(folder.path), []);
  });
});

async function valuesOf(tensors: RandomTensor[], name: string, options: RandomWeightsOptions): Promise<Float32Array> {
  await using folder = await temporaryFolder();
  await writeRandomWeights(folder.path, tensors, options);
  assert.deepEqual(await readdir(folder.path), ['model.safetensors']);
  return await readTensor((await readWeights(folder.path)).get(name) as TensorEntry);
}
