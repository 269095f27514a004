/** An alias changes a key of the answer and nothing else, whatever it is called: over HTTP and WebSocket. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import { startTestServer, type TestServer } from './harness.ts';

describe('an alias named like a member of Object.prototype', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const overHttp = async (query: string): Promise<string> => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return response.text();
  };
  const overSocket = async (query: string): Promise<string> => {
    const socket = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const answer = Promise.withResolvers<string>();
    socket.subscribe(
      { query },
      {
        next: (value) => answer.resolve(JSON.stringify(value)),
        error: (error) => answer.resolve(JSON.stringify(error)),
        complete: () => undefined,
      },
    );
    const text = await answer.promise;
    await socket.dispose();
    return text;
  };

  /** @param document with `::` after each alias */
  const assertSame = async (document: string) => {
    const plain = await overHttp(document.replaceAll(/\w+:: /g, ''));
    assert.match(plain, /^\{"data":/);
    assert.doesNotMatch(plain, /\[\]|"message"/, 'there is something to lose');
    const aliases = [...document.matchAll(/(\w+)::/g)].map(([, alias]) => alias);
    for (const way of [overHttp, overSocket]) {
      const aliased = await way(document.replaceAll('::', ':'));
      assert.deepEqual(valuesOf(JSON.parse(aliased)), valuesOf(JSON.parse(plain)));
      for (const alias of aliases) assert.ok(aliased.includes(`"${alias}":`), alias);
    }
  };

  it('gives what the field gives without it, in an attribution', () =>
    assertSame(`{
      isPrototypeOf:: logitAttribution(input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }) {
        ... on LogitAttribution {
          constructor:: layers { __proto__:: heads { constructor:: sources { values } } toString:: neurons(first: 2) { neuron } }
          __proto__:: edges(first: 3) { score }
          toString:: moves { shape valueOf:: values }
          valueOf:: paths { __proto__:: orders { sum } }
          hasOwnProperty:: ablations(first: 2) { drop }
          propertyIsEnumerable:: residuals { shape }
          __defineGetter__:: faithfulness { constructor:: agreement }
        }
      }
    }`));

  it('gives what the field gives without it, in the circuits of a model', () =>
    assertSame(`{
      __proto__:: circuits(model: "llama") {
        ... on Circuits {
          __proto__:: heads { constructor:: copying }
          constructor:: strongest(kind: K, first: 3) { score }
          toString:: composition(kind: V) { shape values }
        }
      }
    }`));

  it('gives what the field gives without it, among the candidates for a target', () =>
    assertSame(`{
      toString:: targetCandidates(input: { model: "sample", prompt: { text: "The keys" }, text: "are" }) {
        ... on TargetCandidates {
          __proto__:: candidates { __proto__:: probability }
          constructor:: likeliest(top: 3) { token { text } valueOf:: rank }
        }
      }
    }`));
});

/** Without keys, which aliases change; their order is that of the document. */
function valuesOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.values(value).map(valuesOf) : value;
}
