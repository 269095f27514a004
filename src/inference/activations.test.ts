import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Reference, referenceFolder, referenceNames } from '../../test/reference/reference.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import { savedFor } from '../explain/attribution/grains/registry.ts';
import type { RuleSet } from '../onnx/rules/registry.ts';
import { ModelCost } from './cost.ts';
import { forwardPass, inputsOf, keepNothing } from './forward-pass.ts';
import { Gate } from './gate.ts';
import type { Tensors } from './tensor.ts';

const everything = { layers: 1, residuals: 1, neurons: 4, 'edges.TOTAL': 8, 'moves.TOTAL.LAYER.HEAD.TO.FROM': 1 };

const bytesOf = (tensors: Tensors) =>
  Object.values(tensors).reduce((sum, tensor) => sum + 4 * tensor.dims.reduce((a, b) => a * b, 1), 0);

for (const name of referenceNames) {
  describe(`what is kept of ${name}`, () => {
    it('has every byte that a forward pass keeps, and no other', async () => {
      const reference = new Reference(name);
      const model = await reference.load();
      const cost = new ModelCost(await openModelFiles(referenceFolder(name)));
      const ids = reference.prompts[0]?.ids ?? [];
      for (const selection of [{}, everything]) {
        for (const rules of ['FROZEN', 'GRADIENT', 'ATTN_LRP'] as RuleSet[]) {
          const { saved, last } = await forwardPass(model, ids, new Gate(), async (layer) => {
            const block = model.specification.blocks[layer];
            return [
              ...(await inputsOf(model, `reverse.${rules}`)(layer)),
              ...(block ? savedFor(selection, block) : []),
            ];
          });
          const kept = [...saved, { last }].reduce((sum, tensors) => sum + bytesOf(tensors), 0);
          const counted = cost.activations.kept(rules, 1, ids.length, (block) => savedFor(selection, block));
          assert.equal(counted, kept, rules);
        }
      }
      const forPaths = await forwardPass(model, ids, new Gate(), inputsOf(model, 'paths'));
      assert.equal(
        cost.activations.kept('paths', 1, ids.length, () => []),
        [...forPaths.saved, { last: forPaths.last }].reduce((sum, tensors) => sum + bytesOf(tensors), 0),
      );
      const { saved, last } = await forwardPass(model, ids, new Gate(), keepNothing);
      const streams = [...saved, { last }].reduce((sum, tensors) => sum + bytesOf(tensors), 0);
      assert.equal(
        cost.activations.kept(undefined, 1, ids.length, () => []),
        streams,
      );
      await model.release();
    });
  });
}
