/** Fair turns over the API: what one client waits for, another one does not. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import { queryData } from '../support/post-query.ts';
import { startTestServer, type TestServer } from './harness.ts';

interface RunState {
  readonly id: string;
  readonly status: string;
  readonly queue: { readonly position: number; readonly ahead: number; readonly expectedStart: string } | null;
}

const start = `mutation ($input: LogitAttributionInput!) {
  startLogitAttribution(input: $input) { ... on RunPayload { run { id } } ... on Error { message } }
}`;
const ask = `query ($input: LogitAttributionInput!) {
  logitAttribution(input: $input) {
    __typename
    ... on LogitAttribution { run { id } }
    ... on OverCapacityError { message retryAfter }
  }
}`;
const circulate = `subscription ($input: CirculationInput!) {
  circulation(input: $input) { __typename ... on CirculationCompleted { run { id } } }
}`;

/** The prompt is another one for each number. */
const occlusion = (number: number) => ({
  model: 'sample',
  prompt: { text: `${number} ${'The keys to the cabinet are on the table. '.repeat(12)}` },
  method: 'OCCLUSION',
});
const short = (number: number) => ({ model: 'sample', prompt: { text: `It is ${number}` } });

describe('turns', () => {
  let server: TestServer;
  let socket: ReturnType<typeof createClient>;
  const open = async (variables: Record<string, string> = {}) => {
    server = await startTestServer(variables);
    socket = createClient({ url: server.url.replace('http', 'ws') });
    // Every attribution stops before its second block.
    server.queue.watched = ['attribution'];
    server.queue.holdBefore = 1;
  };
  beforeEach(() => open());
  afterEach(async () => {
    await socket.dispose();
    await server.close();
  });

  const post = <Data>(query: string, variables: object = {}) => queryData<Data>(server.url, query, variables);
  /** A circulation over a socket: its events. */
  const circulation = async (number: number) => {
    const events: string[] = [];
    const input = { ...short(number), track: [0] };
    for await (const { data, errors } of socket.iterate<{ circulation: { __typename: string } }>({
      query: circulate,
      variables: { input },
    })) {
      assert.equal(errors, undefined);
      events.push(data?.circulation.__typename ?? '');
    }
    return events;
  };
  const startMany = async (count: number) => {
    const ids: string[] = [];
    for (let number = 0; number < count; number++) {
      const { startLogitAttribution } = await post<{ startLogitAttribution: { run: { id: string } } }>(start, {
        input: occlusion(number),
      });
      ids.push(startLogitAttribution.run.id);
    }
    return ids;
  };
  const stateOf = async (id: string) => {
    const query = 'query ($id: ID!) { run(id: $id) { id status queue { position ahead expectedStart } } }';
    return (await post<{ run: RunState }>(query, { id })).run;
  };
  const reached = async (id: string, status: string) => {
    const query = 'subscription { runChanges { __typename } }';
    // The first one tells that nothing is missed from then on.
    for await (const _ of socket.iterate({ query })) if ((await stateOf(id)).status === status) return;
  };
  const release = () => {
    server.queue.holdBefore = -1;
    for (const gate of server.queue.gates) gate.release();
  };

  it('answer a short question before the first of 61 occlusions that another client waits for has ended', async () => {
    const ids = await startMany(61);
    await reached(ids[0] as string, 'RUNNING');
    const events = await circulation(1);
    assert.equal(events.at(-1), 'CirculationCompleted');
    const { runs } = await post<{ runs: { edges: unknown[] } }>(
      '{ runs(first: 100, filter: { statuses: [COMPLETED], kinds: [LOGIT_ATTRIBUTION] }) { edges { node { id } } } }',
    );
    assert.deepEqual(runs.edges, []);
  });

  it('answer a short question of the same client before what it has waiting', async () => {
    const [first] = await startMany(5);
    await reached(first as string, 'RUNNING');
    const { targetCandidates } = await post<{ targetCandidates: { likeliest: unknown[] } }>(
      `query ($input: TargetCandidatesInput!) {
        targetCandidates(input: $input) { ... on TargetCandidates { likeliest(top: 1) { token { tokenId } } } }
      }`,
      { input: { ...short(1), text: ' a' } },
    );
    assert.equal(targetCandidates.likeliest.length, 1);
    assert.equal((await stateOf(first as string)).status, 'RUNNING');
  });

  it('tell a run that waits its place, and one that stands aside too, which runs all the same', async () => {
    const ids = await startMany(3);
    await reached(ids[0] as string, 'RUNNING');
    server.queue.watched = ['circulation'];
    const asked = circulation(2);
    // Its first gate is that of the circulation: all before are attributions.
    while (server.queue.gates.length < 4) await new Promise(setImmediate);
    const { runs } = await (async () => {
      for (;;) {
        const found = await post<{ runs: { edges: { node: { id: string } }[] } }>(
          '{ runs(filter: { kinds: [CIRCULATION], statuses: [RUNNING] }) { edges { node { id } } } }',
        );
        if (found.runs.edges.length > 0) return found;
      }
    })();
    const states = await Promise.all(ids.map(stateOf));
    assert.deepEqual(
      states.map(({ status }) => status),
      ['RUNNING', 'QUEUED', 'QUEUED'],
    );
    assert.equal(states[0]?.queue?.position, 1, 'it goes on next');
    states.sort((a, b) => (a.queue?.position ?? 0) - (b.queue?.position ?? 0));
    assert.deepEqual(
      states.map(({ queue }) => [queue?.position, queue?.ahead]),
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    );
    const starts = states.map(({ queue }) => Date.parse(queue?.expectedStart ?? ''));
    assert.deepEqual(
      starts,
      starts.toSorted((a, b) => a - b),
    );
    assert.equal((await stateOf(runs.edges[0]?.node.id as string)).queue, null, 'it computes');
    release();
    await asked;
    await Promise.all(ids.map((id) => reached(id, 'COMPLETED')));
    assert.equal((await stateOf(ids[2] as string)).queue, null);
  });

  it('leave places to others where one client has many, and a refusal says when there will be one', async () => {
    await socket.dispose();
    await server.close();
    await open({ MAX_QUEUE: '4' });
    const ids = await startMany(1);
    await reached(ids[0] as string, 'RUNNING');
    // As long as the first, for which nothing stands aside.
    const waiting = [1, 2, 3].map((number) => post<object>(ask, { input: occlusion(number) }));
    while (server.queue.gates.length < 4) await new Promise(setImmediate);
    const { logitAttribution: refused } = await post<{ logitAttribution: Record<string, unknown> }>(ask, {
      input: occlusion(4),
    });
    assert.equal(refused.__typename, 'OverCapacityError');
    assert.match(String(refused.message), /3 requests of one client wait already.*try again in about \d+ s/);
    assert.ok(Number(refused.retryAfter) >= 1);
    const asked = circulation(3);
    const query = '{ runs(filter: { kinds: [CIRCULATION] }) { edges { node { id status queue { position } } } } }';
    for (let found: RunState | undefined; found?.status !== 'RUNNING' && !found?.queue; ) {
      const { runs } = await post<{ runs: { edges: { node: RunState }[] } }>(query);
      found = runs.edges[0]?.node;
    }
    release();
    assert.equal((await asked).at(-1), 'CirculationCompleted');
    await Promise.all(waiting);
  });

  it('are of no use to what is too large: its refusal names no time', async () => {
    await socket.dispose();
    await server.close();
    await open({ MAX_MODEL_MEMORY: '1000' });
    const { logitAttribution } = await post<{ logitAttribution: object }>(ask, { input: occlusion(1) });
    const { message, ...rest } = logitAttribution as { message: string };
    assert.deepEqual(rest, { __typename: 'OverCapacityError', retryAfter: null });
    assert.match(message, /MAX_MODEL_MEMORY/);
  });
});
