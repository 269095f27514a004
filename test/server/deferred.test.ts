/** What is deferred is computed, limited and left as what is not, only later. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it, mock } from 'node:test';
import { TributaryError } from '../../src/errors.ts';
import { Attributions } from '../../src/runs/attributions.ts';
import { partsOf } from '../support/answer-parts.ts';
import { postQuery } from '../support/post-query.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { type BareServer, collect, startBareServer } from './harness.ts';

const ways = ['multipart/mixed', 'text/event-stream'];

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
    assert.deepEqual(parts.at(-1)?.incremental?.[0]?.data, { edges: null });
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
    const { read } = Attributions.prototype;
    mock.method(Attributions.prototype, 'read', function (this: Attributions, ...asked: Parameters<typeof read>) {
      const [, , { layers, 'edges.TOTAL': edges }] = asked;
      if (layers) throw new Error('a secret');
      if (edges) throw new TributaryError('OVER_CAPACITY', 'The queue is full');
      return read.apply(this, asked);
    });
    const failing = await inParts(asked('bias ... @defer(label: "l") { layers { residual } }'));
    const [increment] = failing.at(-1)?.incremental ?? [];
    assert.deepEqual([increment?.label, increment?.data], ['l', { layers: null }]);
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
      [`{ ${'... @defer { '.repeat(16)} __typename ${'} '.repeat(16)} }`, /depth/],
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

  it('is refused where it streams from no place that a list has, in every way of asking, before anything is computed', async () => {
    const streams = 'tokens @stream(initialCount: $count) { score }';
    const query = asked(streams).replace('{', 'query ($count: Int = -1) {');
    for (const accept of ['text/event-stream', 'multipart/mixed', 'application/json'])
      for (const [variables, named] of [
        [{}, -1],
        [{ count: -5 }, -5],
        [{ count: null }, null],
      ] as const) {
        const answer = await (await postQuery(server.url, query, variables, accept)).text();
        assert.ok(answer.includes(`of \`@stream\` is a whole number, 0 or more, not ${named}`), answer);
        assert.match(answer, /GRAPHQL_VALIDATION_FAILED/);
      }
    assert.equal(engine.attributions.length, 0);
    assert.ok(!JSON.stringify(await inParts(asked('tokens @stream(initialCount: 0) { score }'))).includes('errors'));
  });
});
