import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attributionMethods, methodOf } from './methods/registry.ts';
import { defaultSteps, methodOptions, mostSteps, passesOf } from './options.ts';
import { selectable } from './parts.ts';

describe('the options of a method', () => {
  it('have their defaults', () => {
    assert.deepEqual(methodOptions(methodOf('INTEGRATED_GRADIENTS'), {}), { steps: defaultSteps, baseline: null });
    assert.deepEqual(methodOptions(methodOf('OCCLUSION'), {}), { baseline: null });
  });

  it('leave out what the method does not take, so that they make no other question of the same one', () => {
    assert.deepEqual(methodOptions(methodOf('OCCLUSION'), { steps: 7, baseline: 3 }), { baseline: 3 });
    for (const method of attributionMethods) {
      if (method === 'OCCLUSION' || method === 'INTEGRATED_GRADIENTS') continue;
      assert.equal(methodOptions(methodOf(method), { steps: 7, baseline: 3 }), undefined, method);
    }
  });

  it('say how many passes the method takes', () => {
    assert.equal(passesOf(methodOf('FROZEN'), { steps: 64 }, 20), 1);
    assert.equal(passesOf(methodOf('INTEGRATED_GRADIENTS'), { steps: 64 }, 20), 64);
    assert.equal(passesOf(methodOf('INTEGRATED_GRADIENTS'), {}, 20), defaultSteps);
    assert.equal(passesOf(methodOf('OCCLUSION'), {}, 20), 20);
  });

  it('change nothing about which grains there are: none but tokens for methods that know no other', () => {
    const selection = { layers: 1, neurons: 3, 'edges.TOTAL': 2 };
    for (const method of ['FROZEN', 'GRADIENT', 'ATTN_LRP'] as const)
      assert.deepEqual(selectable({ method, inputIds: [1] }, selection), selection);
    for (const method of ['INTEGRATED_GRADIENTS', 'OCCLUSION', 'ATTENTION_ROLLOUT'] as const) {
      assert.deepEqual(selectable({ method, inputIds: [1] }, { ...selection, faithfulness: 1 }), { faithfulness: 1 });
    }
  });

  it('refuse steps that are none or too many', () => {
    for (const steps of [0, -1, mostSteps + 1]) {
      assert.throws(() => methodOptions(methodOf('INTEGRATED_GRADIENTS'), { steps }), {
        code: 'PROMPT',
        message: /1 to 256/,
      });
    }
    assert.deepEqual(methodOptions(methodOf('INTEGRATED_GRADIENTS'), { steps: mostSteps }), {
      steps: mostSteps,
      baseline: null,
    });
  });
});
