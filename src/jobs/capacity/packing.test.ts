import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { passesThatPay, weightsFor } from './packing.ts';

describe("a model's weights", () => {
  const fresh = { held: undefined, passes: 2, fits: true };

  it('are lean at first, and packed when a model was asked for so much that it has paid', () => {
    assert.equal(weightsFor('auto', fresh), 'LEAN');
    assert.equal(weightsFor('auto', { held: 'LEAN', passes: passesThatPay - 1, fits: true }), 'LEAN');
    assert.equal(weightsFor('auto', { held: 'LEAN', passes: passesThatPay, fits: true }), 'PACKED');
    assert.equal(weightsFor('auto', { held: undefined, passes: passesThatPay, fits: true }), 'PACKED');
  });

  it('stay packed', () => {
    assert.equal(weightsFor('auto', { held: 'PACKED', passes: 2, fits: true }), 'PACKED');
  });

  it('are lean where packed ones have no room', () => {
    for (const held of [undefined, 'LEAN', 'PACKED'] as const)
      assert.equal(weightsFor('auto', { held, passes: 10 * passesThatPay, fits: false }), 'LEAN');
  });

  it('are what a setting says, whatever pays', () => {
    for (const fits of [true, false]) {
      assert.equal(weightsFor('lean', { held: undefined, passes: 1000, fits }), 'LEAN');
      assert.equal(weightsFor('packed', { held: undefined, passes: 1, fits }), 'PACKED');
    }
  });
});
