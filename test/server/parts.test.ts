/** Answers in parts are the answers that they are whole, whoever puts them together. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { Client, fetchExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import possibleTypes from '../../src/client/generated/possible-types.ts';
import { type AnswerPart, partsOf, together } from '../support/answer-parts.ts';
import { postQuery } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

/** What a part tells of the one attribution that was asked for. */
function attributionIn<Value>(part: AnswerPart | undefined): Value {
  return part?.data?.logitAttribution as Value;
}

/** Without the names of types, which clients ask for by themselves. */
function bare(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, part) => (key === '__typename' ? undefined : part));
}

const ways = ['multipart/mixed', 'text/event-stream'];

describe('an answer in parts', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const asked = (prompt: string, selection: string) =>
    `{ logitAttribution(input: { model: "sample", prompt: { text: "${prompt}" } }) {
       ... on LogitAttribution { ${selection} } ... on Error { message } } }`;
  const inParts = async (query: string, accept: string) =>
    collect(partsOf(await postQuery(server.url, query, {}, accept)));
  const whole = async (query: string) =>
    ((await (await postQuery(server.url, query, {}, 'application/json')).json()) as AnswerPart).data;

  /** Every field that is computed when it is selected, and one whose items are. */
  const all = `
    target { token { text } } tokens { score }
    ... @defer(label: "layers") { layers { layer heads { head total ... @defer { sources { values } } } neurons(first: 2) { neuron } } }
    ... @defer(label: "moves") { moves { values } edges(first: 3) { score } residuals { values } }
    ... @defer(label: "paths") { paths(first: 2) { longer orders { sum } } }
    ... @defer(label: "trust") { faithfulness { fractions agreement } ablations(first: 1) { drop } }`;

  for (const accept of ways) {
    it(`has the tokens first and is the whole answer in the end, to the last bit: ${accept}`, async () => {
      const query = asked(`Once upon a time, in ${accept.length} parts`, all);
      const parts = await inParts(query, accept);
      assert.deepEqual(Object.keys(parts[0]?.data?.logitAttribution as object), ['target', 'tokens']);
      assert.deepEqual(
        parts.map(({ hasNext }) => hasNext),
        parts.map((_, index) => index < parts.length - 1),
      );
      const labels = parts.flatMap(({ incremental }) => incremental ?? []).map(({ label }) => label);
      for (const label of ['layers', 'moves', 'paths', 'trust']) assert.ok(labels.includes(label), label);
      assert.deepEqual(together(parts), await whole(query));
    });
  }

  it('is put together by urql, which shows each state of it', async () => {
    const client = new Client({
      url: server.url,
      exchanges: [fetchExchange],
      preferGetMethod: false,
      requestPolicy: 'network-only',
    });
    const query = asked(
      'A queen for urql',
      'tokens { score } ... @defer { paths(first: 2) { longer } } ... @defer { edges(first: 2) { score } }',
    );
    const states: { readonly logitAttribution: object }[] = [];
    await new Promise<void>((resolve, reject) => {
      client.query(query, {}).subscribe(({ data, error, hasNext }) => {
        if (error) reject(error);
        states.push(structuredClone(data));
        if (!hasNext) resolve();
      });
    });
    assert.deepEqual(
      Object.keys(states[0]?.logitAttribution ?? {}).filter((key) => key !== '__typename'),
      ['tokens'],
    );
    assert.ok(states.length > 1);
    assert.deepEqual(bare(states.at(-1)), await whole(query));
  });

  it('is put together by Apollo Client, by its handler for the proposal of 2022', async () => {
    const client = new ApolloClient({
      cache: new InMemoryCache(possibleTypes),
      link: new HttpLink({ uri: server.url }),
      incrementalHandler: new Defer20220824Handler(),
    });
    const query = asked('A king for Apollo', 'tokens { score } ... @defer { paths(first: 2) { longer } }');
    const states: string[] = [];
    const last = await new Promise<unknown>((resolve, reject) => {
      client.watchQuery({ query: gql(query) }).subscribe(({ data, dataState, error }) => {
        if (error) reject(error);
        states.push(dataState);
        if (dataState === 'complete') resolve(bare(data));
      });
    });
    client.stop();
    assert.ok(states.includes('streaming'));
    assert.deepEqual(last, await whole(query));
  });

  it('comes whole to whoever accepts no parts, and over a WebSocket', async () => {
    const query = asked('The whole of it', 'tokens { score } ... @defer { edges(first: 2) { score } }');
    const plain = query.replace('@defer', '');
    assert.deepEqual(await whole(query), await whole(plain));
    const { headers } = await postQuery(server.url, query, {}, '*/*');
    assert.match(headers.get('content-type') ?? '', /json/);
    const socket = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    const told = await collect(socket.iterate({ query }));
    await socket.dispose();
    assert.deepEqual(told, [{ data: await whole(plain) }]);
  });

  it('is not in parts where @defer is not in force, and where nothing is deferred', async () => {
    const query = `query ($later: Boolean!) ${asked('If not', 'tokens { score } ... @defer(if: $later) { edges(first: 2) { score } }')}`;
    for (const [later, keys] of [
      [false, ['tokens', 'edges']],
      [true, ['tokens']],
    ] as const) {
      const [first] = await collect(partsOf(await postQuery(server.url, query, { later }, 'text/event-stream')));
      assert.deepEqual(Object.keys(first?.data?.logitAttribution as object), keys);
    }
  });

  it('streams the items of a list', async () => {
    const query = asked('Item by item', 'tokens @stream(initialCount: 2) { score }');
    for (const accept of ways) {
      const parts = await inParts(query, accept);
      assert.equal(attributionIn<{ tokens: unknown[] }>(parts[0]).tokens.length, 2);
      assert.deepEqual(together(parts), await whole(query));
    }
  });

  it('adds what was deferred to the run, of which it is read again', async () => {
    const query = asked('Stored in parts', 'run { id } ... @defer { edges(first: 4) { score } }');
    const [first, second] = await inParts(query, 'multipart/mixed');
    const { run } = attributionIn<{ run: { id: string } }>(first);
    const [{ data: added } = {}] = second?.incremental ?? [];
    const again = `{ run(id: "${run.id}") { attribution { bias ... @defer { edges(first: 4) { score } } } } }`;
    const parts = await inParts(again, 'multipart/mixed');
    assert.deepEqual(parts.at(-1)?.incremental?.[0], { path: ['run', 'attribution'], data: added });
  });
});
