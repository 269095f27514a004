/** What one key may have at once, over the API: each limit refuses with the time to wait, and `me` tells what is left. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { anybody, type Principal, type ShareLimits } from '../../src/principal.ts';
import { startTestServer, type TestServer } from './harness.ts';

/** Keys of tests, and what they may have that others may not. */
const keys: Readonly<Record<string, ShareLimits>> = { ada: {}, bob: {}, few: { requests: 4 }, one: { sockets: 1 } };

const expiresAt = new Date('2030-01-01T00:00:00.000Z');

function principalOf({ headers: { authorization = '' } }: IncomingMessage): Principal {
  const key = authorization.replace('Bearer ', '');
  const limits = keys[key];
  return limits
    ? { ...anybody, key, name: `${key}'s key`, scopes: new Set(['RUN', 'READ']), expiresAt, limits }
    : anybody;
}

const bearer = (key?: string) => (key === undefined ? {} : { authorization: `Bearer ${key}` });

interface Share {
  readonly used: number;
  readonly limit: number | null;
  readonly left: number | null;
  readonly resetsIn?: number | null;
}

const shareNames = ['running', 'waiting', 'requests', 'storedBytes', 'sockets'] as const;
type Me = Record<(typeof shareNames)[number], Share>;
const me = `{ me { ${shareNames.map((name) => `${name} { used limit left resetsIn }`).join(' ')} } }`;

const ask = `query ($input: LogitAttributionInput!) {
  logitAttribution(input: $input) {
    __typename
    ... on LogitAttribution { run { id } }
    ... on OverCapacityError { message retryAfter }
  }
}`;
interface Answer {
  readonly logitAttribution: {
    readonly __typename: string;
    readonly run?: { readonly id: string };
    readonly message?: string;
    readonly retryAfter?: number | null;
  };
}

const question = (number: number) => ({ input: { model: 'sample', prompt: { text: `It is ${number}` } } });

/** So long that none of them stands aside for another. */
const long = (number: number) => ({
  input: {
    model: 'sample',
    prompt: { text: `${number} ${'The keys to the cabinet are on the table. '.repeat(12)}` },
    method: 'OCCLUSION',
  },
});

describe('what one key may have', () => {
  let server: TestServer;
  afterEach(() => server.close());
  const open = async (variables: Record<string, string> = {}) => {
    server = await startTestServer(variables, undefined, undefined, principalOf);
  };

  const post = (query: string, key?: string, variables: object = {}, accept = 'application/json') =>
    fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...bearer(key) },
      body: JSON.stringify({ query, variables }),
    });
  const data = async <Data>(query: string, key?: string, variables: object = {}): Promise<Data> => {
    const { data, errors } = (await (await post(query, key, variables)).json()) as { data: Data; errors?: unknown };
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  };
  const sharesOf = async (key?: string) => (await data<{ me: Me }>(me, key)).me;
  const socketOf = (key?: string) =>
    new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws', { headers: bearer(key) });
  const clientOf = (key: string) =>
    createClient({
      url: server.url.replace('http', 'ws'),
      lazyCloseTimeout: 60_000,
      retryAttempts: 0,
      webSocketImpl: class extends WebSocket {
        constructor(url: string, protocols: string) {
          super(url, protocols, { headers: bearer(key) });
        }
      },
    });

  it('is told by `me`: who asks, with a key and without, and no limit unless one is set', async () => {
    await open();
    const who = '{ me { name key scopes expiresAt } }';
    assert.deepEqual(await data(who, 'ada'), {
      me: { name: "ada's key", key: 'ada', scopes: ['READ', 'RUN'], expiresAt: expiresAt.toISOString() },
    });
    assert.deepEqual(await data(who), {
      me: { name: 'anybody', key: null, scopes: ['READ', 'RUN', 'MANAGE'], expiresAt: null },
    });
    const none = { used: 0, limit: null, left: null };
    const shares = { running: none, waiting: none, requests: none, storedBytes: none, sockets: none };
    const told = await sharesOf();
    for (const name of shareNames) {
      const { resetsIn, ...share } = told[name];
      assert.deepEqual(share, shares[name]);
      assert.equal(resetsIn, name === 'requests' ? 0 : null);
    }
  });

  it('is one count of requests over HTTP, server-sent events, WebSocket and files, each refused with the time', async () => {
    await open();
    const client = clientOf('few');
    // The socket, an operation on it, and one followed by server-sent events.
    for await (const { errors } of client.iterate({ query: '{ __typename }' })) assert.equal(errors, undefined);
    const followed = await post('subscription { modelsChanged { __typename } }', 'few', {}, 'text/event-stream');
    assert.equal(followed.status, 200);
    await followed.body?.cancel();
    const { requests } = await sharesOf('few');
    assert.deepEqual([requests.used, requests.limit, requests.left], [4, 4, 0]);
    assert.ok(Number(requests.resetsIn) > 40 && Number(requests.resetsIn) <= 60);

    const refused = await post('{ __typename }', 'few');
    assert.equal(refused.status, 429);
    const after = Number(refused.headers.get('retry-after'));
    assert.ok(after >= 1 && after <= 15);
    const { errors } = (await refused.json()) as { errors: { message: string; extensions: object }[] };
    const requestId = refused.headers.get('x-request-id');
    assert.deepEqual(errors[0]?.extensions, { code: 'TOO_MANY_REQUESTS', retryAfter: after, requestId });
    assert.match(errors[0]?.message ?? '', /^This key has sent 4 requests within a minute.*try again in \d+ s$/);

    const told = await new Promise<readonly { extensions?: { code?: unknown; retryAfter?: unknown } }[]>((resolve) =>
      client.subscribe(
        { query: '{ __typename }' },
        { next: () => resolve([]), error: (e) => resolve(e as []), complete: () => undefined },
      ),
    );
    assert.equal(told[0]?.extensions?.code, 'TOO_MANY_REQUESTS', 'the operation is refused');
    assert.ok(Number(told[0]?.extensions?.retryAfter) >= 1);
    assert.equal((await sharesOf('ada')).sockets.used, 0);

    const file = await fetch(new URL('/runs.csv', server.url), { headers: bearer('few') });
    assert.equal(file.status, 429);
    assert.ok(Number(file.headers.get('retry-after')) >= 1);
    const { error } = (await file.json()) as { error: { code: string; retryAfter: number } };
    assert.equal(error.code, 'TOO_MANY_REQUESTS');
    const rows = await fetch(new URL('/rows', server.url), { method: 'POST', headers: bearer('few'), body: 'a' });
    assert.equal(rows.status, 429);

    const socket = socketOf('few');
    const [, { statusCode, headers }] = await once(socket, 'unexpected-response');
    assert.equal(statusCode, 429);
    assert.ok(Number(headers['retry-after']) >= 1);
    assert.equal((await post('{ __typename }', 'ada')).status, 200, 'another key is not concerned');
    await client.dispose();
  });

  it('is a number of WebSockets: one more is refused until one is closed, whichever way', async () => {
    await open();
    for (const end of ['close', 'terminate'] as const) {
      const first = socketOf('one');
      await once(first, 'open');
      assert.deepEqual((await sharesOf('one')).sockets, { used: 1, limit: 1, left: 0, resetsIn: null });
      const [, { statusCode }] = await once(socketOf('one'), 'unexpected-response');
      assert.equal(statusCode, 429);
      first[end]();
      while ((await sharesOf('one')).sockets.used > 0);
    }
    const last = socketOf('one');
    await once(last, 'open');
    last.terminate();
  });

  it('is a number of jobs that wait and compute, over all its connections; nothing is counted of what is over', async () => {
    await open({ MAX_WAITING: '1', MAX_RUNNING: '1', WORKERS: '2' });
    server.queue.watched = ['attribution'];
    server.queue.holdBefore = 0;
    const first = data<Answer>(ask, 'ada', long(1));
    while ((await sharesOf('ada')).running.used === 0);
    const second = data<Answer>(ask, 'ada', long(2));
    while ((await sharesOf('ada')).waiting.used === 0);
    const { running, waiting } = await sharesOf('ada');
    assert.deepEqual(running, { used: 1, limit: 1, left: 0, resetsIn: null });
    assert.deepEqual(waiting, { used: 1, limit: 1, left: 0, resetsIn: null });
    // Over a WebSocket as well.
    const client = clientOf('ada');
    for await (const { data } of client.iterate<Answer>({ query: ask, variables: long(3) })) {
      assert.equal(data?.logitAttribution.__typename, 'OverCapacityError');
      assert.match(data?.logitAttribution.message ?? '', /1 requests of this key, or address, wait already/);
      assert.ok(Number(data?.logitAttribution.retryAfter) >= 1);
    }
    await client.dispose();
    const other = data<Answer>(ask, 'bob', long(4));
    while ((await sharesOf('bob')).running.used === 0);

    server.queue.holdBefore = -1;
    for (const gate of server.queue.gates) gate.release();
    for (const answer of await Promise.all([first, second, other]))
      assert.equal(answer.logitAttribution.__typename, 'LogitAttribution');
    for (const key of ['ada', 'bob']) {
      const { running, waiting } = await sharesOf(key);
      assert.deepEqual([running.used, waiting.used], [0, 0]);
    }
    assert.equal((await data<Answer>(ask, 'ada', long(3))).logitAttribution.__typename, 'LogitAttribution');
  });

  it('is what its runs take: no new one is begun, what is there is told, and room is made by deleting', async () => {
    await open({ MAX_STORED_BYTES: '1' });
    const first = await data<Answer>(ask, 'ada', question(1));
    const id = first.logitAttribution.run?.id as string;
    // What was known before the run holds for a second.
    while ((await sharesOf('ada')).storedBytes.used === 0);
    const { storedBytes } = await sharesOf('ada');
    assert.deepEqual([storedBytes.limit, storedBytes.left], [1, 0]);
    const refused = (await data<Answer>(ask, 'ada', question(2))).logitAttribution;
    assert.equal(refused.__typename, 'OverCapacityError');
    assert.match(refused.message ?? '', /delete some by `deleteRun`/);
    assert.equal(refused.retryAfter, null);
    const runs = '{ runs { edges { node { id } } } }';
    assert.deepEqual(await data(runs, 'ada'), { runs: { edges: [{ node: { id } }] } }, 'a refusal stores nothing');
    assert.deepEqual(await data<Answer>(ask, 'ada', question(1)), first, 'what is answered is told');
    const file = await fetch(new URL('/runs.jsonl', server.url), { headers: bearer('ada') });
    assert.equal(file.status, 200);
    const brought = await fetch(new URL('/runs.jsonl', server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/jsonl', ...bearer('ada') },
      body: await file.text(),
    });
    assert.equal(brought.status, 503);
    assert.match(await brought.text(), /OVER_CAPACITY.*deleteRun/);
    const deletion = 'mutation ($id: ID!) { deleteRun(id: $id) { __typename ... on Error { message } } }';
    await data(deletion, 'ada', { id });
    while ((await sharesOf('ada')).storedBytes.used > 0);
    assert.equal((await data<Answer>(ask, 'ada', question(2))).logitAttribution.__typename, 'LogitAttribution');
  });
});
