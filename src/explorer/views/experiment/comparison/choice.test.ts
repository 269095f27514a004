import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allOf, type Comparison, comparisonInput, firstOf, groupNames, score } from './choice.ts';

const frozen = { ...allOf('names'), method: 'FROZEN' as const };
const pairs: Comparison = {
  a: frozen,
  b: { ...allOf('names'), model: 'llama', slots: [{ name: 'a', value: 'Mary' }] },
  pairBy: 'SLOTS',
  pairSlots: ['b'],
  figure: score,
};

describe('A comparison', () => {
  it('is asked of one group without pairs, whatever was chosen for two', () => {
    assert.deepEqual(comparisonInput({ ...pairs, b: undefined }), {
      a: { filter: { experiment: 'names', methods: ['FROZEN'] } },
      figures: [{ score: true }],
    });
  });

  it('is asked of two with what they are and how they are paired', () => {
    assert.deepEqual(comparisonInput(pairs), {
      a: { filter: { experiment: 'names', methods: ['FROZEN'] } },
      b: { filter: { experiment: 'names', model: 'llama' }, slots: [{ name: 'a', value: 'Mary' }] },
      pairBy: 'SLOTS',
      pairSlots: ['b'],
      figures: [{ score: true }],
    });
    assert.ok(!('pairSlots' in comparisonInput({ ...pairs, pairBy: 'PROMPT' })));
  });

  it('is asked in a head, in a token by its place or its slot, or in all heads', () => {
    const figures = (figure: Partial<typeof score>) =>
      comparisonInput({ ...firstOf('names'), figure: { ...score, ...figure } }).figures;
    assert.deepEqual(figures({ name: 'head', layer: 1, head: 2 }), [{ head: { layer: 1, head: 2 } }]);
    assert.deepEqual(figures({ name: 'token', token: '-1' }), [{ token: { position: -1 } }]);
    assert.deepEqual(figures({ name: 'token', token: 'name' }), [{ token: { slot: 'name' } }]);
    assert.deepEqual(figures({ name: 'heads' }), [{ heads: true }]);
  });

  it('names its groups by what tells them apart', () => {
    assert.deepEqual(groupNames(pairs), ['Frozen', 'llama, a = Mary']);
    assert.deepEqual(groupNames({ a: frozen, b: allOf('names') }), ['names, Frozen', 'names']);
    assert.deepEqual(groupNames({ a: frozen, b: { ...frozen, experiment: 'others' } }), [
      'names, Frozen',
      'others, Frozen',
    ]);
    assert.deepEqual(groupNames({ a: frozen, b: undefined }), ['names, Frozen', 'zero']);
  });
});
