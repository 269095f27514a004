import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultSteps, methodOptions, mostSteps } from './options.ts';
import { attributionMethods } from './result.ts';

describe('the options of a method', () => {
  it('have their defaults', () => {
    assert.deepEqual(methodOptions('INTEGRATED_GRADIENTS', {}), { steps: defaultSteps, baseline: null });
    assert.deepEqual(methodOptions('OCCLUSION', {}), { baseline: null });
  });

  it('leave out what the method does not take, so that they make no other question of the same one', () => {
    assert.deepEqual(methodOptions('OCCLUSION', { steps: 7, baseline: 3 }), { baseline: 3 });
    for (const method of attributionMethods) {
      if (method === 'OCCLUSION' || method === 'INTEGRATED_GRADIENTS') continue;
      assert.equal(methodOptions(method, { steps: 7, baseline: 3 }), undefined, method);
    }
  });

  it('refuse steps that are none or too many', () => {
    for (const steps of [0, -1, mostSteps + 1]) {
      assert.throws(() => methodOptions('INTEGRATED_GRADIENTS', { steps }), { code: 'PROMPT', message: /1 to 256/ });
    }
    assert.deepEqual(methodOptions('INTEGRATED_GRADIENTS', { steps: mostSteps }), { steps: mostSteps, baseline: null });
  });
});
