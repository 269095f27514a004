import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelled } from './naming.ts';

const one = { method: 'FROZEN', target: "' Mary'", model: 'sample' };

describe('the names of two answers', () => {
  it('are what tells them apart: method, target, model, or their order', () => {
    assert.equal(labelled(one, { ...one, method: 'GRADIENT' }, 'first'), 'FROZEN');
    assert.equal(labelled(one, { ...one, target: "' John'" }, 'first'), "FROZEN: ' Mary'");
    assert.equal(labelled(one, { ...one, model: 'llama' }, 'first'), 'FROZEN: sample');
    assert.equal(labelled(one, one, 'second'), 'FROZEN: second');
  });
});
