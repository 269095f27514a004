import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { methodOptions } from './given-options.ts';
import { attributionMethods, methodOf } from './methods/registry.ts';
import { defaultSteps, mostSteps, passesOf } from './options.ts';
import { selectable } from './parts.ts';

describe('the options of a method', () => {
  it('have their defaults', () => {
    assert.deepEqual(methodOptions(methodOf('INTEGRATED_GRADIENTS'), {}), { steps: defaultSteps, baseline: null });
    assert.deepEqual(methodOptions(methodOf('OCCLUSION'), {}), { baseline: null });
  });

  it('are refused by name where the method does not take them, with those that do', () => {
    assert.deepEqual(methodOptions(methodOf('OCCLUSION'), { baseline: 3 }), { baseline: 3 });
    for (const method of attributionMethods) {
      if (method === 'INTEGRATED_GRADIENTS') continue;
      assert.throws(() => methodOptions(methodOf(method), { steps: 7 }), {
        code: 'INPUT',
        details: { field: 'steps' },
        message: `${method} does not take \`steps\`; INTEGRATED_GRADIENTS does. Leave it out, or choose another method`,
      });
      if (method === 'OCCLUSION') continue;
      assert.throws(() => methodOptions(methodOf(method), { baseline: 3 }), {
        details: { field: 'baseline' },
        message: /INTEGRATED_GRADIENTS and OCCLUSION do\./,
      });
      assert.equal(methodOptions(methodOf(method), { steps: undefined, baseline: null }), undefined, method);
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
        code: 'INPUT',
        message: /1 to 256/,
      });
    }
    assert.deepEqual(methodOptions(methodOf('INTEGRATED_GRADIENTS'), { steps: mostSteps }), {
      steps: mostSteps,
      baseline: null,
    });
  });
});
