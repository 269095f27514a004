import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sharesInWords } from './shares-in-words.ts';

describe('shares in words', () => {
  it('are what is in use, of the limit where there is one; requests are left out where nobody counts them', () => {
    const none = { used: 0, limit: null };
    const me = { running: { used: 1, limit: 2 }, waiting: none, requests: none, storedBytes: none, sockets: none };
    assert.deepEqual(sharesInWords({ ...me, storedBytes: { used: 12e6, limit: 5e9 } }), [
      ['Computing', '1 of 2'],
      ['Waiting', '0'],
      ['Stored', '12 MB of 5 GB'],
      ['WebSockets', '0'],
    ]);
    assert.deepEqual(sharesInWords({ ...me, requests: { used: 3, limit: 60 } })[2], [
      'Requests in a minute',
      '3 of 60',
    ]);
  });
});
