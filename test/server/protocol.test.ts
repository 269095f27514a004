/** The server's edges: WebSocket protocol, limits, origins, GraphiQL and health. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer } from './harness.ts';

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

describe('the server', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ ALLOWED_ORIGINS: 'https://lab.example' });
  });
  after(() => server.close());

  it('answers a syntax error, an unknown field and a too costly document over WebSocket each by itself, and keeps the socket', async () => {
    const socket = await Socket.open(server.url);
    const refusals: [query: string, message: RegExp][] = [
      ['subscription { circulation(', /Syntax Error/],
      ['{ nothing }', /Cannot query field/],
      [
        `{ ${'a: __typename '.repeat(31)} }`.replaceAll('a:', () => `a${Math.random().toString(36).slice(2)}:`),
        /[Aa]lias/,
      ],
      [`{ ${'__typename '.repeat(3000)} }`, /token/],
      [
        `{ runs { edges { node { model { ${'name '.repeat(1)} } events { edges { node { run { events { edges { node { run { id } } } } } } } } } } } }`,
        /[Dd]epth|complex/i,
      ],
      [
        'subscription A { circulation(input: { model: "sample", prompt: { text: "a", tokenIds: [1] } }) { __typename } }',
        /exactly one/,
      ],
    ];
    for (const [index, [query, message]] of refusals.entries()) {
      const answer = await socket.operation(String(index), query);
      assert.equal(answer.type, 'error', query);
      assert.match(JSON.stringify(answer.payload), message);
    }
    const alive = await socket.operation('alive', '{ __typename }');
    assert.deepEqual(alive.payload, { data: { __typename: 'Query' } });
    socket.close();
  });

  it('holds the same limits over HTTP', async () => {
    for (const query of [
      `{ ${'__typename '.repeat(3000)} }`,
      `{ ${Array.from({ length: 31 }, (_, index) => `a${index}: __typename`).join(' ')} }`,
    ]) {
      const response = await post(server.url, query);
      const body = (await response.json()) as { errors?: unknown[] };
      assert.ok(body.errors?.length, query.slice(0, 40));
    }
    assert.deepEqual(await (await post(server.url, '{ __typename }')).json(), { data: { __typename: 'Query' } });
  });

  it('closes a socket that sends too much, and only that one', async (test) => {
    const printed = test.mock.method(console, 'error', () => undefined);
    const socket = await Socket.open(server.url);
    const closed = once(socket.socket, 'close');
    socket.socket.send(
      JSON.stringify({ id: '1', type: 'subscribe', payload: { query: `{ __typename } # ${'x'.repeat(300_000)}` } }),
    );
    assert.equal((await closed)[0], 1009);
    assert.equal(printed.mock.callCount(), 0, 'a fault of the client is no error of the server');
    const other = await Socket.open(server.url);
    assert.equal((await other.operation('1', '{ __typename }')).type, 'next');
    other.close();
  });

  it('refuses an HTTP request that is too large, or of unknown size, and reads on', async () => {
    const large = await post(server.url, `{ __typename } # ${'x'.repeat(300_000)}`);
    assert.equal(large.status, 413);
    assert.match(await large.text(), /at most 262144/);
    const endless = await fetch(server.url, {
      method: 'POST',
      body: new Blob(['{}']).stream(),
      duplex: 'half',
    } as RequestInit);
    assert.equal(endless.status, 411);
    assert.deepEqual(await (await post(server.url, '{ __typename }')).json(), { data: { __typename: 'Query' } });
  });

  it('goes on when a client vanishes in the middle of a stream', async () => {
    const socket = await Socket.open(server.url);
    await socket.operation(
      '1',
      'subscription { circulation(input: { model: "sample", prompt: { text: "The capital of France is" } }) { __typename } }',
    );
    socket.socket.terminate();
    assert.deepEqual(await (await post(server.url, '{ __typename }')).json(), { data: { __typename: 'Query' } });
  });

  it('lets pages of its own and of allowed origins in, over WebSocket and HTTP, and no others', async () => {
    const own = new URL(server.url).origin;
    for (const origin of [own, 'https://lab.example']) {
      (await Socket.open(server.url, origin)).close();
      assert.equal(
        (await post(server.url, '{ __typename }', origin)).headers.get('access-control-allow-origin'),
        origin,
      );
    }
    await assert.rejects(Socket.open(server.url, 'https://evil.example'), /403/);
    assert.notEqual(
      (await post(server.url, '{ __typename }', 'https://evil.example')).headers.get('access-control-allow-origin'),
      'https://evil.example',
    );
  });

  it('finds things by their ids, one or several', async () => {
    const [sample, none] = [btoa('Model:sample'), btoa('Model:none')];
    const found = { id: sample, name: 'sample' };
    const body = await post(
      server.url,
      `{ node(id: "${sample}") { id ... on Model { name } } nodes(ids: ["${none}", "${sample}"]) { id ... on Model { name } } }`,
    );
    assert.deepEqual(await body.json(), { data: { node: found, nodes: [null, found] } });
  });

  it('hides what went wrong inside', async () => {
    const response = await post(server.url, '{ node(id: "TW9kZWw6") { id } }');
    assert.ok(!(await response.text()).includes('node_modules'));
  });

  it('serves GraphiQL without reaching for any other host, with the examples in it', async () => {
    const page = await (await fetch(server.url, { headers: { accept: 'text/html' } })).text();
    assert.match(page, /logitAttribution/);
    assert.match(page, /"subscriptionsProtocol":"WS"|subscriptionsProtocol/);
    const loaded = [...page.matchAll(/<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"/g)].map(
      ([, reference]) => reference ?? '',
    );
    assert.deepEqual(
      loaded.filter((reference) => /^(https?:)?\/\//.test(reference)),
      [],
    );
  });

  it('says that it is alive', async () => {
    assert.equal((await fetch(server.url.replace('/graphql', '/health'))).status, 200);
  });
});

function post(url: string, query: string, origin?: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...(origin && { origin }) },
    body: JSON.stringify({ query }),
  });
}

/** A bare graphql-transport-ws client, to say what a good one never would. */
class Socket {
  readonly socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.socket = socket;
  }

  static async open(url: string, origin?: string): Promise<Socket> {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', origin ? { origin } : {});
    await once(socket, 'open');
    const acknowledged = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await acknowledged;
    return new Socket(socket);
  }

  /** The first answer to an operation. */
  operation(id: string, query: string): Promise<Message> {
    const answer = new Promise<Message>((resolve, reject) => {
      const closed = (code: number) => reject(new Error(`the socket closed with ${code}`));
      this.socket.once('close', closed);
      const hear = (bytes: Buffer) => {
        const message = JSON.parse(bytes.toString()) as Message;
        if (message.id !== id || message.type === 'complete') return;
        this.socket.off('close', closed);
        this.socket.off('message', hear);
        resolve(message);
      };
      this.socket.on('message', hear);
    });
    this.socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
    return answer;
  }

  close(): void {
    this.socket.close();
  }
}
