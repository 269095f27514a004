/** A request that cannot be read is told what would be right, and nothing that it has sent is sent back. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestServer, type TestServer } from './harness.ts';

const secret = 'SECRET';

describe('a request that cannot be read', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const post = (type: string, body: string, accept = 'application/json'): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': type, accept },
    body,
  });
  const json = 'application/json';
  const form = 'application/x-www-form-urlencoded';
  const requests: [what: string, status: number, message: RegExp, request: RequestInit, parameters?: string][] = [
    ['JSON that ends early', 400, /send an object like/, post(json, `{"query": "${secret} is`)],
    ['no JSON at all', 400, /send an object like/, post(json, secret)],
    ['nothing', 400, /send an object like/, post(json, '')],
    ['a text in JSON', 400, /object/, post(json, `"${secret}"`)],
    ['a list', 400, /[Bb]atch/, post(json, `["${secret}"]`)],
    ['a field that there is none of', 400, /has the fields query,/, post(json, `{"query": "{ a }", "${secret}": 1}`)],
    ['variables that are a text', 400, /variables.*object/, post(json, `{"query": "{ a }", "variables": "${secret}"}`)],
    ['a form', 415, /Content-Type/, post(form, `query={__typename}&variables=${secret}`)],
    ['variables of an address', 400, /variables.*have to be JSON/, {}, `?query={__typename}&variables=${secret}`],
    ['extensions of an address', 400, /extensions have to be JSON/, {}, `?query={__typename}&extensions=${secret}`],
    ['a text', 415, /Content-Type: application\/json/, post('text/plain', secret)],
    ['a type of content that there is none of', 415, /Content-Type: application\/json/, post(`text/${secret}`, '{}')],
    ['no query in an address', 400, /\?query=\{__typename\}/, { headers: { accept: json } }],
    ['no query but variables in an address', 400, /\?query=\{__typename\}/, {}, '?variables={}'],
    ['no query in a body', 400, /by \{"query": "\{ __typename \}"\}/, post(json, '{"variables": {}}')],
    ['a query that is a number', 400, /by \{"query": "\{ __typename \}"\}/, post(json, '{"query": 1}')],
    ['another method', 405, /asked by POST, or by GET/, { ...post(json, `{"query": "${secret}"}`), method: 'PUT' }],
    ['a method without a body', 405, /asked by POST, or by GET/, { method: 'DELETE', headers: { accept: json } }],
    [
      'nothing that can be sent',
      406,
      /let the header Accept name one/,
      post(json, `{"query": "{ __typename }"}`, 'image/png'),
    ],
    ['nothing that can be sent, of a refusal', 406, /let the header Accept/, post(json, secret, 'image/png')],
    ['another address', 404, /GraphQL and GraphiQL are at \/graphql/, {}, `/../${secret}`],
    ['an address below', 404, /\/health and \/ready/, post(json, `{"query": "{ a }"}`), `/${secret}`],
    ['a form in parts', 415, /Content-Type: application\/json/, post('multipart/form-data; boundary=x', secret)],
  ];
  for (const [what, status, message, request, parameters = ''] of requests)
    it(`is told what would be right: ${what}`, async () => {
      const answer = await fetch(server.url + parameters, request);
      const text = await answer.text();
      assert.equal(answer.status, status, text);
      const { errors } = JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] };
      assert.match(errors[0]?.message ?? '', message);
      assert.equal(errors[0]?.extensions.code, status === 406 ? 'NOT_ACCEPTABLE' : 'BAD_REQUEST');
      assert.match(answer.headers.get('content-type') ?? '', /json/);
      if (status === 405) assert.equal(answer.headers.get('allow'), 'GET, POST, OPTIONS');
      assert.doesNotMatch(text, new RegExp(secret));
    });

  it('is told the same by an event', async () => {
    const answer = await fetch(server.url, post(json, `{"query": "${secret} is`, 'text/event-stream'));
    const text = await answer.text();
    assert.match(text, /send an object like/);
    assert.doesNotMatch(text, new RegExp(secret));
  });
});
