import assert from 'node:assert/strict';
import { readdir, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { specificationOf } from '../architecture/registry.ts';
import { initModel } from '../cli/models/init.ts';
import { ModelGraphs } from '../onnx/model-graphs.ts';
import { forwardPass, keepNothing } from './forward-pass.ts';
import { Gate } from './gate.ts';
import { LoadedModel } from './loaded-model.ts';
import { bring } from './page-cache.ts';
import { ReadAhead } from './read-ahead.ts';

const plain = { seed: 1, dtype: 'BF16', width: 32, layers: 3, heads: 2 } as const;
const mebi = 2 ** 20;

describe('reading ahead', () => {
  it('reads what is not in memory, and asks of each piece no more than two bytes where all is', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'weights');
    await writeFile(file, '');
    const range = { file, offset: 1000, length: 5 * mebi };
    const reads = (isSlow: (at: number) => boolean) => {
      const done: [number, number][] = [];
      bring(
        range,
        () => true,
        (_descriptor, length, at) => {
          done.push([at, length]);
          const began = performance.now();
          while (isSlow(at) && performance.now() - began < 1);
        },
      );
      return done;
    };
    const ends = [1000, 999 + 2 * mebi, 1000 + 2 * mebi, 999 + 4 * mebi, 1000 + 4 * mebi, 999 + 5 * mebi];
    // A thread that has to wait for its turn takes it for the disk: then it reads more, never less.
    const fast = Array.from({ length: 200 }, () => reads(() => false)).sort((a, b) => a.length - b.length)[0];
    assert.deepEqual(
      fast,
      ends.map((at) => [at, 1]),
    );
    const whole = reads(() => true).filter(([, length]) => length > 1);
    assert.deepEqual(whole, [
      [1000, 2 * mebi],
      [1000 + 2 * mebi, 2 * mebi],
      [1000 + 4 * mebi, mebi],
    ]);
    assert.ok(reads((at) => at === 999 + 4 * mebi).some(([at, length]) => at === 1000 + 2 * mebi && length > 1));
  });

  it('stops in the middle when something else is wanted', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'weights');
    await writeFile(file, '');
    const stopped = () => {
      let asked = 0;
      const places = new Set<number>();
      bring(
        { file, offset: 0, length: 100 * mebi },
        () => ++asked < 3,
        (_descriptor, _length, at) => places.add(at),
      );
      return [...places];
    };
    // A thread that has to wait for its turn reads a piece as a whole, from its beginning: then it asks for fewer places.
    const [places] = Array.from({ length: 200 }, stopped).sort((a, b) => b.length - a.length);
    assert.deepEqual(places, [0, 2 * mebi - 1, 2 * mebi, 4 * mebi - 1]);
  });

  it('leaves a file that is gone, cut off or no file to whoever computes with it, and holds none open', async () => {
    await using folder = await temporaryFolder();
    const [file, short] = [join(folder.path, 'weights'), join(folder.path, 'short')];
    await writeFile(file, new Uint8Array(3 * mebi));
    await writeFile(short, new Uint8Array(3 * mebi));
    const reading = new ReadAhead();
    await reading.start();
    await reading.arrival([{ file, offset: 0, length: 3 * mebi }]);
    await rm(file);
    await truncate(short, 10);
    await reading.arrival([
      { file, offset: 0, length: 3 * mebi },
      { file: short, offset: 5, length: 3 * mebi },
      { file: folder.path, offset: 0, length: 10 },
    ]);
    assert.deepEqual(await openWithin(folder.path), []);
    await reading.close();
    // One that is closed begins anew.
    await reading.start();
    await reading.arrival([{ file: short, offset: 0, length: 10 }]);
    await reading.close();
    assert.ok(reading.waited > 0);
  });

  it('lets nobody wait for what was given up', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'weights');
    await writeFile(file, new Uint8Array(mebi));
    const range = (offset: number) => [{ file, offset, length: 1000 }];
    const reading = new ReadAhead();
    await reading.start();
    const first = reading.arrival(range(0));
    const second = reading.arrival(range(1000));
    reading.order(range(2000));
    await Promise.all([first, second]);
    const third = reading.arrival(range(3000));
    await reading.close();
    await third;
  });

  it('is of the weights that a graph has, each byte once', async () => {
    await using models = await temporaryFolder();
    const checkpoint = await initModel(models.path, 'llama', 'tiny', { ...plain, limit: 30_000 });
    const { tensors, folder } = checkpoint;
    const graphs = new ModelGraphs(specificationOf(checkpoint), { tensors, folder, weights: 'LEAN' });
    const bytes = (names: readonly string[]) =>
      names.reduce((sum, name) => sum + (tensors.get(`model.layers.1.${name}.weight`)?.length ?? Number.NaN), 0);
    const linear = ['self_attn.v_proj', 'self_attn.o_proj', 'mlp.up_proj', 'mlp.down_proj'];
    const norms = ['input_layernorm', 'post_attention_layernorm'];
    const read = ({ weights }: { weights: readonly { length: number }[] }) =>
      weights.reduce((sum, { length }) => sum + length, 0);
    const others = ['self_attn.q_proj', 'self_attn.k_proj', 'mlp.gate_proj'];
    assert.equal(read(graphs.forward(1)), bytes([...norms, ...linear, ...others]));
    assert.equal(read(graphs.reverse('FROZEN', 1)), bytes([...norms, ...linear]));
    for (const { file, offset, length } of graphs.forward(1).weights) {
      const own = Array.from(tensors.values()).filter((tensor) => tensor.file === file);
      for (const tensor of own) {
        const overlaps = tensor.offset < offset + length && offset < tensor.offset + tensor.length;
        assert.equal(overlaps, tensor.name.startsWith('model.layers.1.'), tensor.name);
      }
    }
  });

  it('goes on when the files of a model are gone', async () => {
    await using models = await temporaryFolder();
    const checkpoint = await initModel(models.path, 'llama', 'tiny', plain);
    const model = new LoadedModel(checkpoint, 1, 'LEAN');
    const pass = async () => (await forwardPass(model, [72, 101, 108], new Gate(), keepNothing)).last.data;
    const before = await pass();
    for (const { file } of checkpoint.tensors.values()) await rm(file, { force: true });
    assert.deepEqual(await pass(), before);
    await model.release();
    assert.deepEqual(await openWithin(models.path), []);
  });
});

/** What of a folder this process has open; Linux tells. */
async function openWithin(folder: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((path) => path.startsWith(folder));
}
