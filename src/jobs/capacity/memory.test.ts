import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { initModel } from '../../cli/models/init.ts';
import { type Footprint, footprintOf, memoryOf } from './memory.ts';

const [width, layers, neurons, vocabulary] = [64, 3, 256, 257];
/** What a process and each session take, whatever the weights are. */
const [processBytes, sessionBytes] = [45e6, 400_000];
const maps = { attention: 4 * width ** 2, gated: 3 * width * neurons, plain: 2 * width * neurons };

describe("the memory of a model's weights", () => {
  let models: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    models = await temporaryFolder();
  });
  after(() => models[Symbol.asyncDispose]());

  let made = 0;
  const make = async (family: string, dtype: 'F32' | 'BF16'): Promise<Footprint> => {
    const shape = { seed: 1, dtype, width, layers, heads: 4, neurons } as const;
    return footprintOf((await initModel(models.path, family, `model-${made++}`, shape)).folder);
  };
  /** Without the sessions, which take the same whatever the weights are. */
  const weightsIn = ({ PACKED, LEAN }: Footprint, set: 'packed' | 'packedHeld' | 'held' | 'whole') => {
    assert.ok(LEAN[set] >= layers * sessionBytes);
    return PACKED[set] - layers * sessionBytes;
  };

  it('is, packed, a float32 for each number of a map in half precision, once for each set that has the map', async () => {
    const footprint = await make('llama', 'BF16');
    const block = maps.attention + maps.gated;
    assert.equal(footprint.numbers, layers * block);
    assert.equal(weightsIn(footprint, 'packed'), 4 * layers * block);
    assert.equal(weightsIn(footprint, 'whole'), 4 * layers * block);
    // Without queries, keys and gates.
    const held = 4 * layers * (block - 2 * width ** 2 - width * neurons);
    assert.deepEqual([weightsIn(footprint, 'held'), weightsIn(footprint, 'packedHeld')], [held, held]);
    assert.equal(footprint.PACKED.ends, 4 * vocabulary * width);
    const sets = ['forward', 'reverse.FROZEN', 'reverse.GRADIENT'];
    const { ends, packed, packedHeld, whole } = footprint.PACKED;
    assert.equal(memoryOf(footprint, 'PACKED', sets), processBytes + ends + packed + packedHeld + whole);
  });

  it('is, packed, that of the forward graphs and of their way back where they lie in float32 as they are needed', async () => {
    const footprint = await make('llama', 'F32');
    assert.equal(weightsIn(footprint, 'packed'), 4 * layers * (maps.attention + maps.gated));
    assert.equal(weightsIn(footprint, 'packedHeld'), 4 * layers * (2 * width ** 2 + 2 * width * neurons));
    assert.deepEqual([weightsIn(footprint, 'whole'), weightsIn(footprint, 'held')], [0, 0]);
    assert.equal(footprint.PACKED.ends, 0);
  });

  it('has what is cut out of fused weights', async () => {
    const footprint = await make('gpt2', 'F32');
    assert.equal(weightsIn(footprint, 'packed'), 4 * layers * (maps.attention + maps.plain));
    // Queries, keys and values, and as much that is in memory while they are cut out; of a held set values alone.
    assert.equal(weightsIn(footprint, 'whole'), 2 * 4 * layers * 3 * width ** 2);
    assert.equal(weightsIn(footprint, 'held'), 2 * 4 * layers * width ** 2);
  });

  it('is, lean, that of sessions and of what is converted at a time', async () => {
    for (const dtype of ['F32', 'BF16'] as const) {
      const { LEAN } = await make('llama', dtype);
      assert.ok(LEAN.packed >= layers * sessionBytes && LEAN.packed < layers * 1e6);
      assert.ok(LEAN.ends <= (3 + layers) * 4 * vocabulary * width);
      assert.equal(LEAN.ends === 0, dtype === 'F32');
    }
  });

  it('has, of a circulation, sessions twice as large, however its weights are held', async () => {
    const footprint = await make('llama', 'BF16');
    const { LEAN, PACKED } = footprint;
    for (const sizes of [LEAN, PACKED]) assert.equal(sizes.circulation - sizes.packed, layers * sessionBytes);
    assert.equal(memoryOf(footprint, 'PACKED', ['circulation']), processBytes + PACKED.ends + PACKED.circulation);
  });

  it('is none of a model that no graph of is there', async () => {
    assert.equal(memoryOf(await make('llama', 'F32'), 'PACKED', []), 0);
  });
});
