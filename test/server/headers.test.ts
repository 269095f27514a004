/** The headers that keep browsers from doing more with an answer than it is for. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rawRequest } from '../support/raw-connection.ts';
import { startTestServer, type TestServer } from './harness.ts';

describe('every answer', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const json = { 'content-type': 'application/json' };
  const post = (body: string, headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { ...json, ...headers },
    body,
  });
  const circulation = JSON.stringify({
    query: 'subscription { circulation(input: { model: "sample", prompt: { text: "A" } }) { __typename } }',
  });
  const kinds: [kind: string, status: number, path: string, request: RequestInit][] = [
    ['the page', 200, '/graphql', { headers: { accept: 'text/html' } }],
    ['JSON', 200, '/graphql', post('{"query":"{ __typename }"}')],
    ['events', 200, '/graphql', post(circulation, { accept: 'text/event-stream' })],
    ['a syntax error', 400, '/graphql', post('{"query":"{"}', { accept: 'application/graphql-response+json' })],
    ['one that says that it is alive', 200, '/health', {}],
    ['one that says that it is ready', 200, '/ready', {}],
    ['one to a request for nothing', 404, '/elsewhere', {}],
    ['one to invalid JSON', 400, '/graphql', post('{')],
    ['one to another origin', 403, '/graphql', post('{}', { origin: 'https://evil.example' })],
    ['one to another method', 405, '/graphql', { method: 'PUT', headers: json, body: '{}' }],
    ['one to a form of another type', 415, '/graphql', { method: 'POST', body: 'text' }],
    ['one to a request of unknown size', 411, '/graphql', unsized()],
    ['one to a request that is too large', 413, '/graphql', post(`{"query":"${'x'.repeat(300_000)}"}`)],
  ];

  for (const [kind, status, path, request] of kinds)
    it(`says what it may be used for: ${kind}`, async () => {
      const answer = await fetch(new URL(path, server.url), request);
      assert.equal(answer.status, status, await answer.text());
      const { headers } = answer;
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('x-frame-options'), 'DENY');
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.match(headers.get('cache-control') ?? '', /^no-(store|cache)$/);
      const policy = headers.get('content-security-policy') ?? '';
      for (const directive of ['default-src', 'base-uri', 'form-action', 'frame-ancestors'])
        assert.match(policy, new RegExp(`(^|; )${directive} 'none'(;|$)`), directive);
    });

  it('comes by the same way, whatever a request expects', async () => {
    const expecting = (host: string) => rawRequest(server.url, 'GET /health', { host, expect: 'something' });
    const { status, headers } = await expecting('localhost');
    assert.equal(status, 200);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal((await expecting('evil.example')).status, 421);
  });
});

function unsized(): RequestInit {
  return { method: 'POST', body: new Blob(['{}']).stream(), duplex: 'half' } as RequestInit;
}
