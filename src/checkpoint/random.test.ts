import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
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

  it('lie in shards that an index lists, where one file would be too large', async () => {
    await using folder = await temporaryFolder();
    const tensors = ['a', 'b', 'c', 'd'].map((name) => ({ ...normal, name, shape: [100] }));
    await writeRandomWeights(folder.path, [...tensors, normal], { dtype: 'F32', seed: 7, limit: 800 });
    const shards = [1, 2, 3].map((shard) => `model-0000${shard}-of-00003.safetensors`);
    assert.deepEqual((await readdir(folder.path)).sort(), [...shards, 'model.safetensors.index.json']);
    const index = JSON.parse(await readFile(join(folder.path, 'model.safetensors.index.json'), 'utf8'));
    const [first, second, third] = shards;
    assert.deepEqual(index, {
      metadata: { total_size: 4 * (400 + 1025 ** 2) },
      weight_map: { a: first, b: first, c: second, d: second, n: third },
    });
    const weights = await readWeights(folder.path);
    assert.deepEqual([...weights.keys()], ['a', 'b', 'c', 'd', 'n']);
    assert.deepEqual(
      await readTensor(weights.get('n') as TensorEntry),
      await valuesOf([normal], 'n', { dtype: 'F32', seed: 7 }),
    );
  });

  it('leave nothing behind when their writing is aborted', async () => {
    await using folder = await temporaryFolder();
    for (const limit of [1e9, 20]) {
      const ending = new AbortController();
      const last: RandomTensor = {
        ...{ name: 'p', shape: [5] },
        get distribution() {
          ending.abort();
          return ones.distribution;
        },
      };
      const options = { dtype: 'F32', seed: 1, limit, signal: ending.signal } as const;
      await assert.rejects(writeRandomWeights(folder.path, [ones, normal, last], options), { name: 'AbortError' });
    }
    assert.deepEqual(await readdir(folder.path), []);
  });

  it('are refused where the disk has no room for them', async () => {
    await using folder = await temporaryFolder();
    const vast = { ...normal, shape: [1e9, 1e5] };
    await assert.rejects(writeRandomWeights(folder.path, [vast], { dtype: 'BF16', seed: 1 }), {
      code: 'CHECKPOINT',
      message: /needs 200000\.0 GB more; its disk has [\d.]+ GB left$/,
    });
    assert.deepEqual(await readdir(folder.path), []);
  });
});

async function valuesOf(tensors: RandomTensor[], name: string, options: RandomWeightsOptions): Promise<Float32Array> {
  await using folder = await temporaryFolder();
  await writeRandomWeights(folder.path, tensors, options);
  assert.deepEqual(await readdir(folder.path), ['model.safetensors']);
  return await readTensor((await readWeights(folder.path)).get(name) as TensorEntry);
}
