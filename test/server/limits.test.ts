/** What a document may cost: the same over HTTP and WebSocket, whatever was asked before. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import { startTestServer, type TestServer } from './harness.ts';

describe('a document', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const post = async (query: string, variables: Record<string, unknown> = {}) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return JSON.stringify(await response.json());
  };

  it('costs what its variables ask for, also when a cheap request with it was let through before', async () => {
    const sources = (name: string) => `query ${name}($first: Int) {
      runs(first: $first) { edges { node { attribution { layers { heads { sources { base64 } } } } } } }
    }`;
    assert.match(await post(sources('Costly'), { first: 100 }), /complexity of \d+ exceeds/);
    assert.match(await post(sources('Cheap'), { first: 1 }), /"edges":\[\]/);
    assert.match(await post(sources('Cheap'), { first: 100 }), /complexity of \d+ exceeds/);
    assert.match(await post(sources('Costly'), { first: 1 }), /"edges":\[\]/);
  });

  it('costs what all events of a run do that it may be given at once', async () => {
    const events = (fields: string) => `query Events($first: Int) {
      runs(first: $first) { edges { node { events { ${fields} } } } }
    }`;
    const all = '__typename seq at run { id status contentHash }';
    assert.match(await post(events('seq'), { first: 100 }), /"edges":\[\]/);
    assert.match(await post(events(all), { first: 10 }), /"edges":\[\]/);
    assert.match(await post(events(all), { first: 100 }), /complexity of \d+ exceeds/);
  });

  it('costs what splitting its texts and showing their tokens does, and no text may be too long', async () => {
    const tokenize = (fields: string, times = 1) => `query Tokenize($text: String!) { model(name: "llama") {
      ${Array.from({ length: times }, (_, index) => `t${index}: tokenize(text: $text) { ${fields} }`).join(' ')}
    } }`;
    const shown = async (query: string, text: string) => {
      const answer = await post(query, { text });
      const { data } = JSON.parse(answer) as { data?: { model: Record<string, unknown[]> } };
      return data?.model ? Object.values(data.model).map(({ length }) => length) : answer;
    };
    const whole = 'id text position special';
    assert.deepEqual(await shown(tokenize(whole), 'a'.repeat(16_384)), [16_384]);
    assert.match(
      String(await shown(tokenize('id'), 'a'.repeat(16_385))),
      /The text has 16385 characters; `tokenize` takes at most 16384.*"code":"BAD_USER_INPUT"/,
    );
    assert.deepEqual(await shown(tokenize(whole, 30), 'a'.repeat(600)), Array(30).fill(600));
    assert.match(String(await shown(tokenize(whole, 30), 'a'.repeat(700))), /complexity of \d+ exceeds/);
    assert.match(String(await shown(tokenize('__typename', 30), 'a'.repeat(2000))), /complexity of \d+ exceeds/);
    // Four bytes, and as many tokens.
    assert.match(String(await shown(tokenize(whole), '𒀀'.repeat(6000))), /complexity of \d+ exceeds/);
    assert.deepEqual(await shown(tokenize(whole), ''), [0]);
  });

  it('whose arguments are wrong is told which, in the words of GraphQL, over HTTP and WebSocket', async () => {
    const socket = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const overSocket = (query: string, variables: Record<string, unknown>) =>
      new Promise<string>((resolve) =>
        socket.subscribe(
          { query, variables },
          {
            next: (value) => resolve(JSON.stringify(value)),
            error: (error) => resolve(JSON.stringify(error)),
            complete: () => undefined,
          },
        ),
      );
    const attribution = (input: string) => `{ logitAttribution(input: ${input}) { __typename } }`;
    const text =
      'query ($text: String) { logitAttribution(input: { model: "llama", prompt: { text: $text } }) { __typename } }';
    const faults: [query: string, variables: Record<string, unknown>, message: RegExp][] = [
      [attribution('{ model: 5, prompt: { tokenIds: [1] } }'), {}, /String cannot represent a non string value: 5/],
      [attribution('{ prompt: { tokenIds: [1] } }'), {}, /LogitAttributionInput.model.*was not provided/],
      ['{ runs(first: "many") { edges { cursor } } }', {}, /Int cannot represent non-integer value/],
      ['query ($first: Int) { runs(first: $first) { edges { cursor } } }', { first: 'many' }, /\$first.*Int cannot/],
      // GraphQL 16 notices an empty member of a @oneOf input only by its value.
      [text, { text: null }, /"input.*has invalid value/],
    ];
    for (const [query, variables, message] of faults) {
      assert.match(await post(query, variables), message);
      assert.match(await overSocket(query, variables), message);
    }
    await socket.dispose();
  });

  it('may ask for everything about one attribution', async () => {
    const answer = await post(`{
      logitAttribution(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }) {
        ... on LogitAttribution {
          run { id status }
          tokens { token { text } score positionScore }
          layers {
            layer residual bias
            attention { direct total } mlp { direct total } attentionBias { direct total }
            heads { head direct total sources { shape base64 } }
            neurons(first: 1000) { neuron position activation direct total }
          }
          edges(first: 1000) { layer head from { text } to { text } weight score }
          audit { passed }
        }
        ... on Error { message }
      }
    }`);
    assert.match(answer, /"passed":true/);
  });

  it('is refused from a page of another site, even as a form that needs no permission to be sent', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' },
      body: `query=${encodeURIComponent('mutation { cancelRun(id: "1") { __typename } }')}`,
    });
    assert.equal(response.status, 403);
    assert.match(await response.text(), /https:\/\/evil\.example.*ALLOWED_ORIGINS/);
  });
});
