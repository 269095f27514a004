/** Names that a client chooses never change what it is told, whatever they are: over HTTP and WebSocket. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import { postQuery } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

describe('a name like that of a member of Object.prototype', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const overHttp = async (query: string, variables: object = {}): Promise<string> => {
    const response = await postQuery(server.url, query, variables);
    return response.text();
  };
  const overSocket = async (query: string, variables: object = {}): Promise<string> => {
    const socket = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const answer = Promise.withResolvers<string>();
    socket.subscribe(
      { query, variables: variables as Record<string, unknown> },
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

  it('is an alias as any other in an attribution', () =>
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

  it('is an alias as any other in the circuits of a model', () =>
    assertSame(`{
      __proto__:: circuits(model: "llama") {
        ... on Circuits {
          __proto__:: heads { constructor:: copying }
          constructor:: strongest(kind: K, first: 3) { score }
          toString:: composition(kind: V) { shape values }
        }
      }
    }`));

  it('is an alias as any other among the candidates for a target', () =>
    assertSame(`{
      toString:: targetCandidates(input: { model: "sample", prompt: { text: "The keys" }, text: "are" }) {
        ... on TargetCandidates {
          __proto__:: candidates { __proto__:: probability }
          constructor:: likeliest(top: 3) { token { text } valueOf:: rank }
        }
      }
    }`));

  it('is a variable as any other, or refused', async () => {
    const ask = (way: typeof overHttp, name: string) =>
      way(
        `query ($${name}: Int!) {
          circuits(model: "llama") { ... on Circuits { strongest(kind: K, first: $${name}) { score } } }
        }`,
        JSON.parse(`{ "${name}": 2 }`) as object,
      );
    for (const way of [overHttp, overSocket]) {
      for (const name of ['first', 'constructor', 'toString', 'hasOwnProperty'])
        assert.equal((await ask(way, name)).match(/score/g)?.length, 2, name);
      assert.match(await ask(way, '__proto__'), /`\$__proto__` cannot be read; give it another name/);
    }
  });
});

/** Without keys, which aliases change; their order is that of the document. */
function valuesOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.values(value).map(valuesOf) : value;
}
