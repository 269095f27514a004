/**
 * What is computed for a client ends when it leaves, however it does, unless somebody else waits for it too or somebody
 * asked to keep it; and what is added to a stored run ends for all when that run is cancelled.
 */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { WebSocket } from 'ws';
import { RunStore } from '../../src/runs/store.ts';
import { postQuery, postSubscription } from '../support/post-query.ts';
import { completed, passed, ScriptedEngine, started } from '../support/scripted-engine.ts';
import { type BareServer, startBareServer } from './harness.ts';

const input = 'input: { model: "llama", prompt: { tokenIds: [5, 9, 70] } }';
const finer = '... on LogitAttribution { run { id } layers { residual } } ... on Error { message }';
const message = '... on Error { message }';

/** Asks, and leaves when it is told to; then nothing more of the answer is read. */
type Client = (query: string) => Promise<() => void>;

describe('a client that leaves', () => {
  let server: BareServer;
  let engine: ScriptedEngine;
  let log = '';
  beforeEach(async () => {
    log = '';
    engine = new ScriptedEngine();
    const write = (line: string) => {
      log += line;
    };
    server = await startBareServer(write, { engine, variables: { LEAVE_GRACE: '0' } });
  });
  afterEach(async () => {
    mock.restoreAll();
    await server.close();
  });

  const asking =
    (headers: Record<string, string>): Client =>
    async (query) => {
      const asked = request(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      });
      asked.on('error', () => undefined).end(JSON.stringify({ query }));
      return () => asked.destroy();
    };
  const overHttp = asking({});
  const overEvents = asking({ accept: 'text/event-stream' });
  const post = async (query: string) => {
    const response = await postQuery(server.url, query);
    return (await response.json()) as { data: Record<string, unknown> };
  };
  /** All that a subscription tells, until it completes. */
  const told = async (query: string) =>
    (await postSubscription<Record<string, { readonly __typename: string }>>(server.url, query)).map(
      ({ data }) => data,
    );
  /** The run that was started last. */
  const lastRun = async () => {
    const { data } = await post('{ runs(first: 1) { edges { node { id status error { code message } } } } }');
    const [{ node: run }] = (data.runs as { edges: [{ node: { id: string; status: string; error: unknown } }] }).edges;
    return run;
  };
  /** How it ended, when it has. */
  const endOfLastRun = async () => {
    const { id } = await lastRun();
    const reason = '... on RunCancelled { reason { code } }';
    return (await told(`subscription { runEvents(runId: "${id}") { __typename ${reason} } }`)).at(-1)?.runEvents;
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
    activations: [`{ activations(${input}) { ... on Activations { layers { pattern { shape } } } ${message} } }`],
    lens: [`{ lens(${input}) { ... on Lens { layers { afterBlock { entropy } } } ${message} } }`],
    attribution: [
      `{ logitAttribution(${input}) { ${finer} } }`,
      `{ runs(first: 1) { edges { node { attribution { layers { residual } } } } } }`,
    ],
  } as const;
  const runs = {
    circulation: `subscription { circulation(${input}) { __typename } }`,
    attribution: `{ logitAttribution(${input}) { ${finer} } }`,
  } as const;
  const clients = {
    'an HTTP request': overHttp,
    'server-sent events': overEvents,
    'an operation on a WebSocket': overSocket,
    'a WebSocket': withSocket,
  };

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

  for (const [way, ask] of Object.entries(clients)) {
    for (const [kind, query] of Object.entries(runs) as [keyof typeof runs, string][]) {
      it(`by ending ${way} ends the ${kind} that nobody else reads, which says so and can be asked for anew`, async () => {
        engine.held = new Promise(() => undefined);
        const leave = await ask(query);
        await engine.asked(kind, 1);
        const [signal] = engine.signals[kind];
        assert.equal(signal?.aborted, false);
        const ended = once(signal as AbortSignal, 'abort');
        leave();
        await ended;
        assert.deepEqual(await endOfLastRun(), { __typename: 'RunCancelled', reason: { code: 'ABANDONED' } });
        const { id, status, error } = await lastRun();
        assert.equal(status, 'CANCELLED');
        assert.match((error as { message: string }).message, /nobody .* ask again, or with `keep: true`/i);
        const again = await ask(query);
        await engine.asked(kind, 2);
        assert.notEqual((await lastRun()).id, id);
        const endedAgain = once(engine.signals[kind][1] as AbortSignal, 'abort');
        again();
        await endedAgain;
        assert.equal(log, '');
      });

      it(`by ending ${way} before the ${kind} has begun ends it too`, async () => {
        engine.held = new Promise(() => undefined);
        const [arrived, stored] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        const create = RunStore.prototype.findOrCreate;
        mock.method(RunStore.prototype, 'findOrCreate', async function (this: RunStore, ...args: never) {
          arrived.resolve();
          await stored.promise;
          return create.apply(this, args);
        });
        const sockets: Socket[] = [];
        const connected = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
        subscribe('net.server.socket', connected);
        const leave = await ask(query);
        await arrived.promise;
        unsubscribe('net.server.socket', connected);
        const closed = ask === overSocket ? undefined : once(sockets[0] as Socket, 'close');
        leave();
        await closed;
        await post('{ __typename }');
        stored.resolve();
        await engine.asked(kind, 1);
        const [signal] = engine.signals[kind];
        if (!signal?.aborted) await once(signal as AbortSignal, 'abort');
        assert.equal((await endOfLastRun())?.__typename, 'RunCancelled');
      });
    }

    it(`by ending ${way} ends nothing of a run that somebody asked to keep`, async () => {
      const held = Promise.withResolvers<void>();
      engine.held = held.promise;
      for (const kind of ['circulation', 'attribution'] as const) {
        const leave = await ask(runs[kind].replace(') {', ', keep: true) {'));
        await engine.asked(kind, 1);
        leave();
        // By the time that these are answered it has been noticed.
        for (let round = 0; round < 3; round++) await post('{ __typename }');
        assert.equal(engine.signals[kind][0]?.aborted, false);
      }
      held.resolve();
      for (const step of [started, passed(0), passed(1), completed]) engine.step(step);
      engine.end();
      const { data } = await post('{ runs { edges { node { id } } } }');
      for (const { node } of (data.runs as { edges: { node: { id: string } }[] }).edges)
        await told(`subscription { runEvents(runId: "${node.id}") { __typename } }`);
      const { data: after } = await post('{ runs { edges { node { status } } } }');
      assert.deepEqual(after, { runs: { edges: Array(2).fill({ node: { status: 'COMPLETED' } }) } });
      const { data: answer } = await post(`{ logitAttribution(${input}) { ${finer.replace('run { id } ', '')} } }`);
      assert.deepEqual(answer, { logitAttribution: { layers: [{ residual: 1 }] } });
      assert.equal(engine.attributions.length, 1, 'what was selected is stored with it');
    });
  }

  it('takes nothing from another one who reads the same run', async () => {
    const staying = told(`subscription { circulation(${input}) { ... on RunEvent { seq } } }`);
    await engine.asked('circulation', 1);
    for (const ask of [overEvents, overSocket, withSocket]) {
      const leave = await ask(runs.circulation);
      for (let round = 0; round < 3; round++) await post('{ __typename }');
      leave();
      for (let round = 0; round < 3; round++) await post('{ __typename }');
    }
    const all = [started, passed(0), passed(1), completed];
    for (const step of all) engine.step(step);
    engine.end();
    assert.deepEqual(
      await staying,
      all.map((_, seq) => ({ circulation: { seq } })),
    );
    assert.equal(engine.circulations, 1);
  });

  it('ends nothing of a run that was started by a mutation', async () => {
    await post(`mutation { startCirculation(${input}) { __typename } }`);
    await post(`mutation { startLogitAttribution(${input}) { __typename } }`);
    const { id } = await lastRun();
    const leave = await overEvents(`subscription { runEvents(runId: "${id}") { __typename } }`);
    for (let round = 0; round < 3; round++) await post('{ __typename }');
    leave();
    for (let round = 0; round < 3; round++) await post('{ __typename }');
    assert.deepEqual(
      [...engine.signals.circulation, ...engine.signals.attribution].map((signal) => signal?.aborted),
      [false, false],
    );
  });

  it('ends a run that was started by a mutation and need not be kept, once nobody follows it', async () => {
    for (const [kind, start] of [
      ['circulation', 'startCirculation'],
      ['attribution', 'startLogitAttribution'],
    ] as const) {
      engine.held = new Promise(() => undefined);
      await post(`mutation { ${start}(${input}, keep: false) { __typename } }`);
      await engine.asked(kind, 1);
      const [signal] = engine.signals[kind];
      if (!signal?.aborted) await once(signal as AbortSignal, 'abort');
      assert.deepEqual(await endOfLastRun(), { __typename: 'RunCancelled', reason: { code: 'ABANDONED' } });
      const { id } = await lastRun();
      await post(`mutation { repeatRun(id: "${id}", keep: false) { __typename } }`);
      await engine.asked(kind, 2);
      const again = engine.signals[kind][1];
      if (!again?.aborted) await once(again as AbortSignal, 'abort');
    }
  });
});
