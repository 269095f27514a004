/** What a document may cost: the same over HTTP and WebSocket, whatever was asked before. */
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GraphQLInt, getIntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-ws';
import { Bpe } from '../../src/checkpoint/tokenization/bpe.ts';
import { RunStore } from '../../src/runs/store.ts';
import { postQuery } from '../support/post-query.ts';
import { RawWebSocket, text } from '../support/raw-websocket.ts';
import { startTestServer, type TestServer } from './harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

describe('a document', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const post = async (query: string, variables: Record<string, unknown> = {}) => {
    const response = await postQuery(server.url, query, variables);
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
      runs(first: $first) { edges { node { events { edges { node { ${fields} } } } } } }
    }`;
    const all = '__typename seq at run { id status contentHash }';
    assert.match(await post(events('seq'), { first: 100 }), /"edges":\[\]/);
    assert.match(await post(events(all), { first: 10 }), /"edges":\[\]/);
    assert.match(await post(events(all), { first: 100 }), /complexity of \d+ exceeds/);
  });

  it('costs what the tokens of many prompts do', async () => {
    const prompts = (times: number) => {
      const tokens = Array.from({ length: times }, (_, index) => `t${index}: tokens { tokenId text position special }`);
      return `{ runs(first: 100) { edges { node { input { prompt { text ${tokens.join(' ')} } } } } } }`;
    };
    assert.match(await post(prompts(2)), /"edges":\[\]/);
    assert.match(await post(prompts(3)), /complexity of \d+ exceeds/);
  });

  it('costs what splitting its texts and showing their tokens does, and no text may be too long', async () => {
    const tokenize = (
      fields: string,
      times = 1,
    ) => `query Tokenize($text: String!) { model(name: "llama") { ... on Model {
      ${Array.from({ length: times }, (_, index) => `t${index}: tokenize(text: $text) { ${fields} }`).join(' ')}
    } } }`;
    const shown = async (query: string, text: string) => {
      const answer = await post(query, { text });
      const { data, errors } = JSON.parse(answer) as { data?: { model: Record<string, unknown[]> }; errors?: unknown };
      return data?.model && !errors ? Object.values(data.model).map(({ length }) => length) : answer;
    };
    const whole = 'tokenId text position special';
    assert.deepEqual(await shown(tokenize(whole), 'a'.repeat(16_384)), [16_384]);
    assert.match(
      String(await shown(tokenize('tokenId'), 'a'.repeat(16_385))),
      /The text has 16385 characters; `tokenize` takes at most 16384.*"code":"INPUT"/,
    );
    const beside = await post(
      `query ($text: String!) { models(first: 1) { edges { node { name ... on Model { tokenize(text: $text) { text } } } } } }`,
      { text: 'a'.repeat(16_385) },
    );
    const { data } = JSON.parse(beside) as { data: { models: { edges: { node: Record<string, unknown> }[] } } };
    assert.ok(data.models.edges.some(({ node }) => node.name === 'llama' && node.tokenize === null));
    assert.deepEqual(await shown(tokenize(whole, 30), 'a'.repeat(600)), Array(30).fill(600));
    assert.match(String(await shown(tokenize(whole, 30), 'a'.repeat(700))), /complexity of \d+ exceeds/);
    assert.match(String(await shown(tokenize('__typename', 30), 'a'.repeat(2000))), /complexity of \d+ exceeds/);
    // Four bytes, and as many tokens.
    assert.match(String(await shown(tokenize(whole), '𒀀'.repeat(6000))), /complexity of \d+ exceeds/);
    assert.deepEqual(await shown(tokenize(whole), ''), [0]);
  });

  it('costs what reading its texts does, before any is split', async () => {
    const split = mock.method(Bpe.prototype, 'read');
    const prompts = [
      'estimate(input: { logitAttribution: { input: { model: "llama", prompt: { text: $text } } } }) { __typename }',
      'estimate(input: { circulation: { input: { model: "llama", prompt: { text: $text } } } }) { __typename }',
      'targetCandidates(input: { model: "llama", prompt: { text: $text }, text: "a" }) { __typename }',
      'activations(input: { model: "llama", prompt: { text: $text } }) { __typename }',
      'lens(input: { model: "llama", prompt: { text: $text } }) { __typename }',
      'targetCandidates(input: { model: "llama", prompt: { text: "a" }, text: $text }) { __typename }',
      'logitAttribution(input: { model: "llama", prompt: { text: $text } }) { __typename }',
      'startLogitAttribution(input: { model: "llama", prompt: { text: $text } }) { __typename }',
      'startCirculation(input: { model: "llama", prompt: { text: $text } }) { __typename }',
    ];
    for (const prompt of prompts) {
      const operation = prompt.startsWith('start') ? 'mutation' : 'query';
      const aliased = (times: number) => Array.from({ length: times }, (_, index) => `a${index}: ${prompt}`).join(' ');
      const ask = (times: number, length: number) =>
        post(`${operation} ($text: String!) { ${aliased(times)} }`, { text: 'a'.repeat(length) });
      assert.match(await ask(8, 125_000), /complexity of \d+ exceeds/);
      assert.match(await ask(9, 125_000), /have 1125000 characters.*as often as they are used; at most 1000000/);
      assert.equal(split.mock.callCount(), 0);
      assert.doesNotMatch(await ask(1, 125_000), /complexity/);
      split.mock.resetCalls();
    }
    split.mock.restore();
  });

  it('costs each pass that is made for it, whether it waits for the answer or starts a run', async () => {
    // Reading eight of these texts costs nearly all that a document may.
    const long = 'a'.repeat(124_500);
    const aliased = (operation: string, field: string) =>
      `${operation} ($text: String!) { ${Array.from({ length: 8 }, (_, index) => `a${index}: ${field} { __typename }`).join(' ')} }`;
    const asked = 'input: { model: "nosuch", prompt: { text: $text }';
    const estimate = `estimate(input: { circulation: { ${asked} } } })`;
    assert.doesNotMatch(await post(aliased('query', estimate), { text: long }), /complexity/);
    for (const [operation, field] of [
      ['query', `lens(${asked} })`],
      ['query', `logitAttribution(${asked} })`],
      ['mutation', `startLogitAttribution(${asked} })`],
      ['mutation', `startCirculation(${asked} })`],
    ] as const)
      assert.match(await post(aliased(operation, field), { text: long }), /complexity of \d+ exceeds/, field);
    const steps = 'model: "nosuch", prompt: { text: "a" }, method: INTEGRATED_GRADIENTS, options: { steps: 256 }';
    for (const [operation, field] of [
      ['query', 'logitAttributions'],
      ['mutation', 'startLogitAttributions'],
    ] as const) {
      const targets = (count: number) => `targets: [${'{} '.repeat(count)}]`;
      const ask = (count: number) =>
        post(`${operation} { ${field}(input: { ${steps}, ${targets(count)} }) { __typename } }`);
      assert.match(await ask(3), /UnknownModelError/);
      assert.match(await ask(4), /complexity of \d+ exceeds/);
    }
  });

  it('costs what looking up its ids does, before any is', async () => {
    const found = mock.method(RunStore.prototype, 'find');
    const nodes = (count: number) =>
      post('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
        ids: Array.from({ length: count }, (_, index) => btoa(`Run:${index}`)),
      });
    assert.match(await nodes(10_000), /complexity of \d+ exceeds/);
    assert.equal(found.mock.callCount(), 0);
    assert.deepEqual(JSON.parse(await nodes(100)), { data: { nodes: Array(100).fill(null) } });
    assert.equal(found.mock.callCount(), 100);
    found.mock.restore();
  });

  it('is not read to its end where the values of its variables are wrong by the thousand', async () => {
    const read = mock.method(GraphQLInt, 'parseValue');
    const query =
      'query ($ids: [Int!]) { logitAttribution(input: { model: "llama", prompt: { tokenIds: $ids } }) { __typename } }';
    const { errors } = JSON.parse(await post(query, { ids: Array(50_000).fill('a') })) as { errors: unknown[] };
    assert.ok(errors.length < 30);
    assert.ok(read.mock.callCount() < 30);
    read.mock.restore();
    // Nested as deeply as a message can be.
    const deep = JSON.stringify({ query, variables: { ids: 0 } }).replace(
      '"ids":0',
      `"ids":${'['.repeat(90_000)}${']'.repeat(90_000)}`,
    );
    const nested = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: deep,
    });
    assert.match(await nested.text(), /Int cannot represent non-integer value/);
    using socket = await RawWebSocket.open(server.url);
    socket.write(text(`{"id":"1","type":"subscribe","payload":${deep}}`));
    const { payload } = (await socket.message('error')) as {
      payload: { message: string; extensions: { code: string } }[];
    };
    assert.match(payload[0]?.message ?? '', /Int cannot represent non-integer value/);
    assert.equal(payload[0]?.extensions?.code, 'GRAPHQL_VALIDATION_FAILED');
  });

  it('may introspect the schema as GraphiQL does, and not over and over', async () => {
    const options = {
      descriptions: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      specifiedByUrl: true,
      oneOf: true,
    };
    assert.match(await post(getIntrospectionQuery(options)), /^\{"data":\{"__schema":/);
    const refused = /may introspect the schema 3 times/;
    const many = (of: (index: number) => string) => Array.from({ length: 4 }, (_, index) => of(index)).join(' ');
    for (const query of [
      `{ ${many((index) => `a${index}: __schema { types { name } }`)} }`,
      `{ ${many((index) => `a${index}: __type(name: "Run") { name }`)} }`,
      `{ __schema { types { ${many((index) => `a${index}: fields { name }`)} } } }`,
      `{ __schema { types { ...Again } } } fragment Again on __Type { ${many((index) => `a${index}: fields { name }`)} }`,
    ])
      assert.match(await post(query), refused);
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

  it('takes no memory any more once it is answered, over HTTP as little as over WebSocket', async () => {
    // Of some 600 kB each, once they are parsed.
    const list = `[${'1 '.repeat(1900)}]`;
    const socket = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const prompt = `{ tokenIds: ${list} }`;
    const times = async (count: number) => {
      for (let index = 0; index < count; index++) {
        assert.match(await post(`{ models(a${index}: ${list}) { id } }`), /Unknown argument/);
        assert.match(await post(`{ models(a${index}: ${list}`), /Syntax Error/);
        const input = `{ model: "${index}", prompt: ${prompt} }`;
        const query = `{ logitAttribution(input: ${input}) @skip(if: true) { __typename } }`;
        for await (const answer of socket.iterate({ query })) assert.deepEqual(answer, { data: {} });
      }
    };
    await times(20);
    const before = memory();
    await times(60);
    assert.ok(memory() - before < 16e6, `${memory() - before} bytes were kept`);
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
          paths(first: 1000) { orders { order sum strongest { components { layer head } score } } longer }
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

/** Bytes that are in use. */
function memory(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
