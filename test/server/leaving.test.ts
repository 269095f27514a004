/**
 * What is computed for a client ends when it leaves, however it does, unless somebody else waits for it too; and what is
 * added to a stored run ends for all when that run is cancelled.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { type RunningServer, startServer } from '../../src/server/server.ts';
import { readSettings } from '../../src/settings.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { modelsFolder, removeFolder } from './harness.ts';

const input = 'input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }';
const finer = '... on LogitAttribution { run { id } layers { residual } } ... on Error { message }';
const message = '... on Error { message }';

/** Asks, and leaves when it is told to; then nothing more of the answer is read. */
type Client = (query: string) => Promise<() => void>;

describe('a client that leaves', () => {
  let folder: string;
  let server: RunningServer;
  let engine: ScriptedEngine;
  let log = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-test-'));
  });
  after(() => removeFolder(folder));
  beforeEach(async () => {
    log = '';
    engine = new ScriptedEngine();
    const of = await mkdtemp(join(folder, 'server-'));
    const settings = readSettings({
      PORT: '0',
      DATABASE_URL: `file:${join(of, 'test.db')}`,
      MODELS_DIR: await modelsFolder(of),
    });
    const lines = {
      write(line: string) {
        log += line;
      },
    };
    server = await startServer(settings, pino({ level: 'warn' }, lines), engine);
  });
  afterEach(() => server.close());

  const overHttp: Client = async (query) => {
    const asking = request(server.url, { method: 'POST', headers: { 'content-type': 'application/json' } });
    asking.on('error', () => undefined).end(JSON.stringify({ query }));
    return () => asking.destroy();
  };
  const post = async (query: string) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as { data: Record<string, unknown> };
  };
  const openSocket = async (query: string) => {
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    return socket;
  };
  const overSocket: Client = async (query) => {
    const socket = await openSocket(query);
    socket.on('message', (told) => assert.fail(String(told)));
    return () => socket.send(JSON.stringify({ id: '1', type: 'complete' }));
  };
  const withSocket: Client = async (query) => {
    const socket = await openSocket(query);
    return () => socket.terminate();
  };

  const questions = {
    prediction: [
      `{ targetCandidates(${input.replace('} }', '}, text: "a" }')}) { ... on TargetCandidates { likeliest { rank } } ${message} } }`,
      `{ logitAttribution(${input.replace('} }', '}, target: { token: { text: "no token" } } }')}) { ... on TargetError { candidates { rank } } } }`,
      `subscription { circulation(${input.replace('} }', '}, target: { token: { text: "no token" } } }')}) { ... on TargetError { candidates { rank } } } }`,
    ],
    circuits: [`{ circuits(model: "llama") { ... on Circuits { heads { copying } } ${message} } }`],
    attribution: [`{ logitAttribution(${input}) { ${finer} } }`],
  } as const;
  const clients = { 'an HTTP request': overHttp, 'an operation on a WebSocket': overSocket, 'a WebSocket': withSocket };

  for (const [way, ask] of Object.entries(clients)) {
    it(`by ending ${way} ends what was computed for it`, async () => {
      await post(`{ logitAttribution(${input}) { ... on LogitAttribution { bias } } }`);
      engine.held = new Promise(() => undefined);
      for (const [kind, queries] of Object.entries(questions)) {
        for (const query of queries) {
          const signals = engine.signals[kind as keyof typeof questions];
          const known = signals.length;
          const leave = await ask(query);
          await engine.asked(kind as keyof typeof questions, known + 1);
          const signal = signals[known];
          assert.equal(signal?.aborted, false, query);
          const ended = once(signal as AbortSignal, 'abort');
          leave();
          await ended;
        }
      }
      const { data } = await post('{ __typename }');
      assert.deepEqual(data, { __typename: 'Query' });
      assert.equal(log, '', 'that is no fault of the server');
    });
  }

  it('ends nothing that another one waits for', async () => {
    const { data } = await post(`{ logitAttribution(${input}) { ... on LogitAttribution { run { id } } } }`);
    const { run } = data.logitAttribution as { run: { id: string } };
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const staying = post(`{ run(id: "${run.id}") { attribution { layers { residual } } } }`);
    await engine.asked('attribution', 2);
    const leave = await overHttp(`{ logitAttribution(${input}) { ${finer} } }`);
    // By the time that these are answered it waits too.
    for (let round = 0; round < 3; round++) await post(`{ run(id: "${run.id}") { attribution { bias } } }`);
    leave();
    await post('{ __typename }');
    held.resolve();
    assert.deepEqual((await staying).data, { run: { attribution: { layers: [{ residual: 1 }] } } });
    assert.equal(engine.attributions.length, 2);
  });

  it('ends what is added to a stored run by leaving that too, and the run stays as it is', async () => {
    const { data } = await post(`{ logitAttribution(${input}) { ... on LogitAttribution { run { id } } } }`);
    const { run } = data.logitAttribution as { run: { id: string } };
    engine.held = new Promise(() => undefined);
    const leave = await overHttp(`{ run(id: "${run.id}") { attribution { layers { residual } } } }`);
    await engine.asked('attribution', 2);
    const ended = once(engine.signals.attribution[1] as AbortSignal, 'abort');
    leave();
    await ended;
    const { data: after } = await post(`{ run(id: "${run.id}") { status attribution { bias } } }`);
    assert.deepEqual(after, { run: { status: 'COMPLETED', attribution: { bias: 0 } } });
  });

  it('that stays is told when what is added to a run was cancelled, and the run stays as it is', async () => {
    const { data } = await post(`{ logitAttribution(${input}) { ... on LogitAttribution { run { id } } } }`);
    const { run } = data.logitAttribution as { run: { id: string } };
    engine.held = new Promise(() => undefined);
    const adding = [
      post(`{ logitAttribution(${input}) { __typename ... on LogitAttribution { layers { residual } } } }`),
      post(`{ run(id: "${run.id}") { attribution { edges { score } } } }`),
    ];
    await engine.asked('attribution', 3);
    const cancel = `mutation { cancelRun(id: "${run.id}") { __typename ... on RunPayload { run { status } } } }`;
    assert.deepEqual((await post(cancel)).data, {
      cancelRun: { __typename: 'RunPayload', run: { status: 'COMPLETED' } },
    });
    assert.ok(engine.signals.attribution.slice(1).every((signal) => signal?.aborted));
    const [query, field] = await Promise.all(adding);
    assert.deepEqual(query?.data, { logitAttribution: { __typename: 'CancelledError' } });
    assert.match(JSON.stringify(field), /"code":"CANCELLED"/);
    assert.deepEqual((await post(cancel)).data, { cancelRun: { __typename: 'RunStateError' } });
    const { data: after } = await post(`{ run(id: "${run.id}") { status attribution { bias } } }`);
    assert.deepEqual(after, { run: { status: 'COMPLETED', attribution: { bias: 0 } } });
    assert.equal(log, '');
  });

  it('leaves a run that has begun to go on, since it is stored', async () => {
    const held = Promise.withResolvers<void>();
    engine.held = held.promise;
    const leave = await overHttp(`{ logitAttribution(${input}) { ${finer} } }`);
    await engine.asked('attribution', 1);
    leave();
    const { data } = await post('{ runs { edges { node { status } } } }');
    assert.deepEqual(data, { runs: { edges: [{ node: { status: 'RUNNING' } }] } });
    held.resolve();
    const { data: later } = await post(`{ logitAttribution(${input}) { ${finer.replace('run { id } ', '')} } }`);
    assert.deepEqual(later, { logitAttribution: { layers: [{ residual: 1 }] } });
    assert.equal(engine.attributions.length, 1);
  });
});
