/** Answers in parts: what is deferred is computed, limited and left as what is not, only later. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { Client, fetchExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import possibleTypes from '../../src/client/generated/possible-types.ts';
import { TributaryError } from '../../src/errors.ts';
import { RunService } from '../../src/runs/service.ts';
import { type AnswerPart, partsOf, together } from '../support/answer-parts.ts';
import { postQuery } from '../support/post-query.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { type BareServer, collect, startBareServer, startTestServer, type TestServer } from './harness.ts';

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

describe('what is deferred', () => {
  let server: BareServer;
  let engine: ScriptedEngine;
  let log: string;
  const limit = 900_000;
  /** Each would have ended the process of a server. */
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  before(() => process.on('unhandledRejection', note));
  after(() => process.off('unhandledRejection', note));
  beforeEach(async () => {
    engine = new ScriptedEngine();
    log = '';
    const write = (line: string) => {
      log += line;
    };
    server = await startBareServer(write, {
      engine,
      variables: { LEAVE_GRACE: '0', MAX_RESPONSE_SIZE: String(limit) },
    });
  });
  afterEach(async () => {
    mock.restoreAll();
    await server.close();
    assert.deepEqual(unhandled, []);
  });

  const asked = (selection: string, { keep = false, model = 'llama' } = {}) =>
    `{ logitAttribution(input: { model: "${model}", prompt: { tokenIds: [5, 9, 70] } }, keep: ${keep}) {
       ... on LogitAttribution { ${selection} } ... on Error { message } } }`;
  const inParts = async (query: string, accept = 'multipart/mixed') =>
    collect(partsOf(await postQuery(server.url, query, {}, accept)));

  it('is computed after the first part, each fragment by itself and all of one together', async () => {
    const held = Promise.withResolvers<void>();
    const query = asked(
      'bias ... @defer { layers { residual neurons(first: 2) { neuron } } } ... @defer { edges(first: 3) { score } }',
    );
    const response = await postQuery(server.url, query, {}, 'multipart/mixed');
    // Not before what is not deferred is there.
    const parts = partsOf(response);
    const first = await parts.next();
    assert.deepEqual(first.value, { data: { logitAttribution: { bias: 0 } }, hasNext: true });
    held.resolve();
    await engine.asked('attribution', 3);
    await collect(parts);
    assert.deepEqual(
      engine.attributions.map(({ selection }) => selection),
      [{}, { layers: 1, neurons: 2 }, { 'edges.TOTAL': 3 }],
    );
  });

  it('holds back nothing of the first part while it is computed', async () => {
    await inParts(asked('bias'));
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const response = await postQuery(
      server.url,
      asked('bias ... @defer { layers { residual } }'),
      {},
      'multipart/mixed',
    );
    const parts = partsOf(response);
    assert.deepEqual((await parts.next()).value, { data: { logitAttribution: { bias: 0 } }, hasNext: true });
    await engine.asked('attribution', 2);
    held.resolve();
    const [last] = await collect(parts);
    assert.deepEqual(last, {
      incremental: [{ path: ['logitAttribution'], data: { layers: [{ residual: 1 }] } }],
      hasNext: false,
    });
  });

  it('may be a whole question, which nothing else waits for', async () => {
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const query = `{ models { edges { node { name } } } ... @defer ${asked('bias')} }`;
    const parts = partsOf(await postQuery(server.url, query, {}, 'multipart/mixed'));
    assert.deepEqual(Object.keys((await parts.next()).value?.data ?? {}), ['models']);
    await engine.asked('attribution', 1);
    held.resolve();
    const [last] = await collect(parts);
    assert.deepEqual(last?.incremental, [{ data: { logitAttribution: { bias: 0 } }, path: [] }]);
  });

  it('is not computed where it is selected beside as well, or is not there with the method', async () => {
    await inParts(asked('bias edges(first: 3) { score } ... @defer { edges(first: 3) { score layer } }'));
    assert.deepEqual(
      engine.attributions.map(({ selection }) => selection),
      [{ 'edges.TOTAL': 3 }],
    );
    const rollout = asked('bias ... @defer { edges { score } }').replace(
      '}, keep',
      ', method: ATTENTION_ROLLOUT }, keep',
    );
    const parts = await inParts(rollout);
    assert.deepEqual(parts.at(-1)?.incremental?.[0]?.data, { edges: [] });
    assert.equal(engine.attributions.length, 2);
  });

  for (const accept of ways) {
    it(`ends when its client leaves: ${accept}`, async () => {
      await inParts(asked('bias'));
      engine.held = new Promise(() => undefined);
      const leaving = new AbortController();
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ query: asked('bias ... @defer { layers { residual } }') }),
        signal: leaving.signal,
      });
      const parts = partsOf(response);
      await parts.next();
      await engine.asked('attribution', 2);
      const [, signal] = engine.signals.attribution;
      assert.equal(signal?.aborted, false);
      const ended = once(signal as AbortSignal, 'abort');
      const rest = assert.rejects(parts.next());
      leaving.abort();
      await Promise.all([ended, rest]);
      await postQuery(server.url, '{ __typename }');
      assert.equal(log, '', 'that is no fault of the server');
    });
  }

  it('goes on without its client where it is kept', async () => {
    const held = Promise.withResolvers<void>();
    const leaving = new AbortController();
    await inParts(asked('bias'));
    engine.held = held.promise;
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed' },
      body: JSON.stringify({ query: asked('bias ... @defer { layers { residual } }', { keep: true }) }),
      signal: leaving.signal,
    });
    await partsOf(response).next();
    await engine.asked('attribution', 2);
    leaving.abort();
    await postQuery(server.url, '{ __typename }');
    assert.equal(engine.signals.attribution[1]?.aborted, false);
    held.resolve();
    engine.held = Promise.resolve();
    await inParts(asked('layers { residual }'));
    assert.equal(engine.attributions.length, 2);
  });

  it('tells of an expected failure in its part, and of a fault no more than that there was one', async () => {
    await inParts(asked('bias'));
    const { answer } = RunService.prototype;
    mock.method(RunService.prototype, 'answer', function (this: RunService, ...asked: Parameters<typeof answer>) {
      const [, , { layers, 'edges.TOTAL': edges }] = asked;
      if (layers) throw new Error('a secret');
      if (edges) throw new TributaryError('OVER_CAPACITY', 'The queue is full');
      return answer.apply(this, asked);
    });
    const failing = await inParts(asked('bias ... @defer(label: "l") { layers { residual } }'));
    const [increment] = failing.at(-1)?.incremental ?? [];
    assert.deepEqual([increment?.label, increment?.data], ['l', null]);
    assert.doesNotMatch(JSON.stringify(failing), /secret/);
    assert.match(JSON.stringify(failing), /Unexpected error/);
    assert.match(log, /a secret/);
    const [, refused] = await inParts(asked('bias ... @defer { edges { score } }'));
    const errors = refused?.incremental?.flatMap((part) => part.errors ?? []) ?? [];
    assert.deepEqual(
      errors.map(({ message, extensions }) => [message, extensions]),
      [['The queue is full', { code: 'OVER_CAPACITY' }]],
    );
  });

  it('counts for the answer, which is refused before anything is computed, or ended where it grows too large', async () => {
    const tooMany = asked(
      `bias ... @defer { ${Array.from({ length: 25 }, (_, index) => `e${index}: edges(first: 1000) { score }`).join(' ')} }`,
    );
    const [refused, ...more] = await inParts(tooMany);
    assert.deepEqual([refused?.data, more], [null, []]);
    assert.match(refused?.errors?.[0]?.message ?? '', /more than 900000 bytes/);
    assert.equal(engine.attributions.length, 0);

    const name = 'a'.repeat(5000);
    const names = Array.from({ length: 20 }, (_, index) => `${name}${index}: score`).join(' ');
    const parts = await inParts(
      asked(`bias ... @defer { edges(first: 10) { ${names} } } ... @defer { residuals { shape } }`),
    );
    assert.deepEqual(parts[0]?.data, { logitAttribution: { bias: 0 } });
    const last = parts.at(-1);
    assert.equal(last?.hasNext, false);
    assert.deepEqual(
      last?.incremental?.map(({ data, errors }) => [data, errors?.map(({ extensions }) => extensions?.code)]),
      [[null, ['OVER_CAPACITY']]],
    );
  });

  it('comes in a thousand parts at the most', async () => {
    for (const selection of [
      'edges(first: 1000) @stream { score ... @defer { layer } }',
      'edges(first: 1000) { ... @defer { score } ... @defer { layer } }',
    ]) {
      const parts = await inParts(asked(selection));
      assert.match(JSON.stringify(parts), /more than 1000 parts/, selection);
    }
    const spread = Array.from(
      { length: 3 },
      (_, index) => `fragment F${index} on AttentionEdge { ...F${index + 1} ...F${index + 1} }`,
    );
    const often = `${asked('edges(first: 2) { ...F0 ... @defer { layer } }')} ${spread.join(' ')} fragment F3 on AttentionEdge { score }`;
    assert.doesNotMatch(JSON.stringify(await inParts(often)), /errors/);
    const few = await inParts(asked('edges(first: 900) @stream(initialCount: 890) { score }'));
    assert.ok(!JSON.stringify(few).includes('errors'));
  });

  it('has the limits on documents that the rest has', async () => {
    const spread = (name: string) => `...${name} @defer `.repeat(40);
    const fragments = `fragment A on Query { ${spread('B')} } fragment B on Query { __typename }`;
    for (const [query, reason] of [
      [`{ ... @defer { ${Array.from({ length: 31 }, (_, index) => `a${index}: __typename`).join(' ')} } }`, /[Aa]lias/],
      [`{ ${'... @defer { __typename } '.repeat(51)} }`, /[Dd]irective/],
      [`{ ${'... @defer { '.repeat(13)} __typename ${'} '.repeat(13)} }`, /depth/],
      [asked('... @defer { ablations(first: 1000) { drop } }'), /complex/i],
      [`{ ${spread('A')} } ${fragments}`, /may defer and stream 50 times.*does so 1640 times/],
      ['{ models @stream { edges { node { name } } } }', /non-list/],
      ['mutation { ... @defer { cancelRun(id: "x") { __typename } } }', /root mutation/],
    ] as const) {
      const response = await postQuery(server.url, query, {}, 'multipart/mixed');
      assert.match(await response.text(), reason, query);
    }
    assert.equal(engine.attributions.length, 0);
  });
});
