/** Neurons against the MLPs that they make up, in models whose MLPs have no biases. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attributeAll } from '../src/explain/attribution/attribute.ts';
import { Gate } from '../src/inference/gate.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { assertClose, scaledTolerance, sum } from './support/close.ts';

/** Norms before, after and on both sides of the MLP. */
const names = ['llama-grouped', 'olmo2-grouped', 'gemma2-softcapped'];

await describeReferences((reference, model) => {
  it('sum to their MLP, directly and in total, and have nothing direct but at the target', async () => {
    const { ids } = reference.prompts.at(-1) as ReferencePrompt;
    const targets = [ids.length - 1, 1].map((position) => ({ position, token: 3, against: null }));
    const selection = { layers: 1, neurons: Number.MAX_SAFE_INTEGER };
    const results = await attributeAll(model, { inputIds: ids, targets, method: 'FROZEN', selection }, new Gate());
    for (const [index, { grains }] of results.entries()) {
      const { position: target } = targets[index] as (typeof targets)[number];
      const { layers = [], neurons = [] } = grains;
      assert.equal(neurons.length, model.specification.layerCount);
      for (const [layer, all] of neurons.entries()) {
        const mlp = layers[layer]?.mlp;
        assert.ok(mlp);
        for (const path of ['direct', 'total'] as const) {
          const parts = all.map((neuron) => neuron[path]);
          assertClose([sum(parts)], [mlp[path]], scaledTolerance(parts, 1e-5), `layer ${layer}, ${path}`);
        }
        for (const { direct, position } of all) assert.ok(position === target || direct === 0);
        // In the last block nothing else reaches the target.
        const reaching = layer === neurons.length - 1 ? [target] : [...ids.keys()];
        const width = all.length / reaching.length;
        const places = all.map(({ position, neuron }) => reaching.indexOf(position) * width + neuron);
        assert.deepEqual(
          places.sort((a, b) => a - b),
          [...all.keys()],
          'each neuron once at each position',
        );
        assert.ok(all.every(({ activation }) => activation !== 0));
        const here = all.filter(({ position }) => position === target);
        assert.ok(here.some(({ direct }) => direct !== 0));
      }
    }
  });
}, names);
