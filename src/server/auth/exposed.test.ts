import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSettings } from '../../settings.ts';
import { exposure } from './exposed.ts';

describe('a server that asks nobody who they are', () => {
  it('says so, unless it listens to this machine alone', () => {
    for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
      assert.equal(exposure(readSettings({ HOST })), undefined, HOST);
    for (const HOST of ['0.0.0.0', '::', '10.0.0.7', 'lab.example'])
      assert.match(exposure(readSettings({ HOST })) ?? '', /AUTH=keys/, HOST);
    assert.equal(exposure(readSettings({ HOST: '0.0.0.0', AUTH: 'keys' })), undefined);
  });
});
