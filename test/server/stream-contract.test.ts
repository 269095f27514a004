/** What docs/streams.md promises, as a client hears it, where no other test has it. */
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { CancelRunDocument, RunsDocument, StartCirculationDocument } from '../../src/client/generated/graphql.ts';
import { postQuery } from '../support/post-query.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { ScriptedEngine, started } from '../support/scripted-engine.ts';
import { collect, startBareServer, startTestServer, type TestServer } from './harness.ts';

/** What either transport has told when the stream is complete: the data of each message. */
const transports = {
  WebSocket: async (url: string, query: string) => {
    const client = createClient({ url: url.replace('http', 'ws'), retryAttempts: 0 });
    const told = await collect(client.iterate({ query }));
    await client.dispose();
    return told.map(({ data }) => Object.values(data as object)[0] as Record<string, unknown>);
  },
  'server-sent events': async (url: string, query: string) => {
    const text = await (await postQuery(url, query, {}, 'text/event-stream')).text();
    assert.match(text, /event: complete/);
    return [...text.matchAll(/^event: next\ndata: (.*)$/gm)].map(([, line = '']) => {
      const { data } = JSON.parse(line) as { data: object };
      return Object.values(data)[0] as Record<string, unknown>;
    });
  },
};

const tokens = [5, 9, 70, 3];
const question = `input: { model: "llama", prompt: { tokenIds: [${tokens}] } }`;
const parts = '__typename ... on RunEvent { seq at } ... on LayerCirculated { layer } ... on Error { code }';

describe('a stream', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  /** Of a circulation that is over. */
  const completed = async () => {
    const asked = `subscription { circulation(${question}) { ... on RunEvent { run { id } } } }`;
    const [first] = await transports.WebSocket(server.url, asked);
    return (first as { run: { id: string } }).run.id;
  };

  it('tells the start, each block in its order, and the end, over either transport', async () => {
    const { data } = (await (
      await postQuery(server.url, '{ model(name: "llama") { ... on Model { layerCount } } }')
    ).json()) as {
      data: { model: { layerCount: number } };
    };
    const blocks = Array.from({ length: data.model.layerCount }, (_, layer) => layer);
    for (const follow of Object.values(transports)) {
      const told = await follow(server.url, `subscription { circulation(${question}) { ${parts} } }`);
      assert.deepEqual(
        told.map(({ seq }) => seq),
        [...told.keys()],
      );
      assert.deepEqual(
        told.map(({ __typename, layer }) => layer ?? __typename),
        ['CirculationStarted', ...blocks, 'CirculationCompleted'],
      );
    }
  });

  it('of a question that was answered is replayed, and nothing is computed', async () => {
    const id = await completed();
    const { length } = server.queue.gates;
    for (const follow of Object.values(transports)) {
      const replayed = await follow(server.url, `subscription { circulation(${question}) { ${parts} } }`);
      assert.deepEqual(
        replayed,
        await follow(server.url, `subscription { runEvents(runId: "${id}") { ${parts} } }`),
        'of the same moments',
      );
    }
    assert.equal(server.queue.gates.length, length);
  });

  it('that is resumed behind its last event completes at once, without one', async () => {
    const id = await completed();
    const all = await transports.WebSocket(server.url, `subscription { runEvents(runId: "${id}") { ${parts} } }`);
    const last = all.length - 1;
    for (const follow of Object.values(transports))
      for (const [after, rest] of [
        [last - 1, [all[last]]],
        [last, []],
      ] as const)
        assert.deepEqual(
          await follow(server.url, `subscription { runEvents(runId: "${id}", after: ${after}) { ${parts} } }`),
          rest,
        );
  });

  it('of a run that there is not is one error, and no more', async () => {
    for (const follow of Object.values(transports))
      for (const id of ['nothing', btoa('Run:nothing'), btoa('Model:llama')])
        assert.deepEqual(await follow(server.url, `subscription { runEvents(runId: "${id}") { ${parts} } }`), [
          { __typename: 'UnknownRunError', code: 'UNKNOWN_RUN' },
        ]);
  });

  it('of a run that the server ends when it stops is told so before its connection is closed', async () => {
    const own = await startTestServer();
    own.queue.holdBefore = 1;
    const ended = Object.values(transports).map((follow, index) => {
      const tracked = `input: { model: "llama", prompt: { tokenIds: [5, 9, ${index}] } }`;
      return follow(
        own.url,
        `subscription { circulation(${tracked}) { ${parts} ... on RunFailed { error { code } } } }`,
      );
    });
    const begun = async () => (await own.client.request(RunsDocument, {})).runs?.edges.length ?? 0;
    while ((await begun()) < ended.length) await setImmediate();
    await own.close();
    for (const events of await Promise.all(ended)) {
      const { __typename, error } = events.at(-1) as { __typename: string; error: { code: string } };
      assert.deepEqual([__typename, error?.code], ['RunFailed', 'INTERRUPTED']);
    }
  });

  it('of a run that somebody cancelled ends without a reason', async () => {
    server.queue.holdBefore = 1;
    const input = { model: 'llama', prompt: { tokenIds: [...tokens, 8] } };
    const { startCirculation } = await server.client.request(StartCirculationDocument, { input });
    assert.ok(startCirculation.__typename === 'RunPayload');
    const { id } = startCirculation.run;
    const events = server.client.followRun(id);
    for (let index = 0; index < 2; index++) await events.next();
    server.queue.holdBefore = -1;
    await server.client.request(CancelRunDocument, { id });
    const [end, ...more] = await collect(events);
    assert.ok(end?.__typename === 'RunCancelled');
    assert.deepEqual([end.reason, end.seq, more], [null, 2, []]);
  });
});

describe('a stream that has nothing to tell', () => {
  it('over server-sent events has a comment every 12 seconds, and no ids', async () => {
    const engine = new ScriptedEngine();
    const server = await startBareServer(() => undefined, { engine });
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      using connection = await RawConnection.open(server.url);
      connection.post(`subscription { circulation(${question}) { ${parts} } }`, { accept: 'text/event-stream' });
      await engine.asked('circulation', 1);
      engine.step(started);
      await connection.says('CirculationStarted');
      const comment = '\r\n:\n\n\r\n';
      const comments = () => connection.heard.split(comment).length - 1;
      const before = comments();
      for (let more = 1; more <= 3; more++) {
        mock.timers.tick(12_000);
        await connection.says(comment, before + more);
        assert.equal(comments(), before + more);
      }
      assert.doesNotMatch(connection.heard, /^id:/m);
    } finally {
      mock.timers.reset();
      await server.close();
    }
  });
});
