import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAllowedOrigin } from './origins.ts';

describe('an origin', () => {
  it("is allowed when it is the server's own, under a name that only the server's machine can have", () => {
    for (const host of ['localhost:4000', 'lab.localhost:4000', '127.0.0.1:4000', '[::1]:4000', '192.168.1.7:4000'])
      assert.equal(isAllowedOrigin(`http://${host}`, host, []), true, host);
  });

  it('is refused when it only pretends to be, by a name that was pointed at the server', () => {
    assert.equal(isAllowedOrigin('http://evil.example:4000', 'evil.example:4000', []), false);
    assert.equal(isAllowedOrigin('http://localhost.evil.example', 'localhost.evil.example', []), false);
  });

  it('is refused when it is of another host or port, or of none', () => {
    assert.equal(isAllowedOrigin('http://localhost:3000', 'localhost:4000', []), false);
    assert.equal(isAllowedOrigin('https://evil.example', 'localhost:4000', []), false);
    assert.equal(isAllowedOrigin('null', 'localhost:4000', []), false);
    assert.equal(isAllowedOrigin('http://localhost:4000', undefined, []), false);
  });

  it('is allowed when it is listed, or all are', () => {
    const rule = ['https://lab.example'];
    assert.equal(isAllowedOrigin('https://lab.example', 'tributary.example', rule), true);
    assert.equal(isAllowedOrigin('https://lab.example.evil.example', 'tributary.example', rule), false);
    assert.equal(isAllowedOrigin('https://anything.example', 'tributary.example', ['*']), true);
    assert.equal(isAllowedOrigin('null', 'tributary.example', ['*']), true);
  });
});
