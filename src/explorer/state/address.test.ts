import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Address, readAddress, writeAddress } from './address.ts';

describe('An address', () => {
  const addresses: Readonly<Record<string, Address>> = {
    '': { selection: {} },
    '?run=UnVuOjE%3D': { run: 'UnVuOjE=', selection: {} },
    '?run=a&track=': { run: 'a', track: [], selection: {} },
    '?run=a&track=3,1&beside=b&beside-track=2&view=heads&position=0&layer=2&head=1': {
      run: 'a',
      track: [3, 1],
      beside: { run: 'b', track: [2] },
      view: 'heads',
      selection: { position: 0, layer: 2, head: 1 },
    },
  };

  for (const [search, address] of Object.entries(addresses))
    it(`is read as it was written: ${search || 'an empty one'}`, () => {
      assert.equal(writeAddress(address), search);
      assert.deepEqual(readAddress(search), address);
    });

  it('that somebody wrote by hand has what can be understood of it, and each position once', () => {
    assert.deepEqual(readAddress('?run=a&track=1,x,-2,1,2.5,4&view=&layer=two&head=3&other=1'), {
      run: 'a',
      track: [1, 4],
      selection: { head: 3 },
    });
  });

  it('of nothing has nothing beside it', () => {
    assert.deepEqual(readAddress('?beside=b&track=1'), { selection: {} });
  });
});
