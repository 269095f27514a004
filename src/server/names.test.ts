import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { Names } from './names.ts';

const log = pino({ level: 'silent' });

const names = (allowedOrigins: string[] = [], allowedHosts: string[] = []) =>
  new Names({ host: '127.0.0.1', allowedHosts, allowedOrigins }, log);

describe('an origin', () => {
  it("is allowed when it is the server's own, under a name that only the server's machine can have", () => {
    for (const host of ['localhost:4000', 'lab.localhost:4000', '127.0.0.1:4000', '[::1]:4000', '192.168.1.7:4000'])
      assert.equal(names().allows(`http://${host}`, host), true, host);
  });

  it('is refused when it only pretends to be, by a name that was pointed at the server', () => {
    assert.equal(names().allows('http://evil.example:4000', 'evil.example:4000'), false);
    assert.equal(names().allows('http://localhost.evil.example', 'localhost.evil.example'), false);
  });

  it('is refused when it is of another host or port, or of none', () => {
    assert.equal(names().allows('http://localhost:3000', 'localhost:4000'), false);
    assert.equal(names().allows('https://evil.example', 'localhost:4000'), false);
    assert.equal(names().allows('null', 'localhost:4000'), false);
    assert.equal(names().allows('http://localhost:4000', undefined), false);
  });

  it('is allowed when it is listed, or all are', () => {
    const lab = names(['https://lab.example']);
    assert.equal(lab.allows('https://lab.example', 'tributary.example'), true);
    assert.equal(lab.allows('https://lab.example.evil.example', 'tributary.example'), false);
    assert.equal(names(['*']).allows('https://anything.example', 'tributary.example'), true);
    assert.equal(names(['*']).allows('null', 'tributary.example'), true);
  });

  it("is allowed when it is the server's own by a name of the settings, the one that it is bound to among them", () => {
    assert.equal(names([], ['tributary.example']).allows('http://tributary.example', 'tributary.example'), true);
    const bound = new Names({ host: 'Lab.local', allowedHosts: [], allowedOrigins: [] }, log);
    assert.equal(bound.allows('http://lab.local:4000', 'lab.local:4000'), true);
    assert.equal(bound.allows('http://other.local:4000', 'other.local:4000'), false);
  });
});
