import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashOfKey, newApiKey } from '../../runs/api-key.ts';
import type { ApiKeyRecord } from '../../runs/key-store.ts';
import { KeyAuthenticator } from './keys.ts';

describe('API keys', () => {
  it('are read once for many who ask at once, and known to be revoked soon after', async (test) => {
    test.mock.timers.enable({ apis: ['Date'], now: 0 });
    let now = 0;
    test.mock.method(performance, 'now', () => now);
    const { id, text } = newApiKey();
    let record: ApiKeyRecord = {
      ...{ id, hash: hashOfKey(text), owner: 'ada', name: 'ada', scopes: ['RUN'], limits: {} },
      ...{ createdAt: new Date(), expiresAt: null, revokedAt: null },
    };
    let reads = 0;
    const keys = new KeyAuthenticator({
      find: async () => {
        reads++;
        return record;
      },
    });
    const asked = await Promise.all([text, text, text].map((key) => keys.authenticate(key)));
    assert.deepEqual([reads, asked[0]?.owner, [...(asked[0]?.scopes ?? [])]], [1, 'ada', ['READ', 'RUN']]);
    const wrong = `${text.slice(0, -2)}${text.endsWith('AA') ? 'BB' : 'AA'}`;
    await assert.rejects(keys.authenticate(wrong), /does not know/);
    record = { ...record, revokedAt: new Date() };
    now = 501;
    await assert.rejects(keys.authenticate(text), /was revoked/);
    assert.equal(reads, 2);
  });
});
