import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { JobQueue } from '../../src/jobs/queue.ts';
import { type BareServer, startBareServer } from './harness.ts';

/** An engine whose every job is a fault of the server's. */
class Faulty extends JobQueue {
  override run(): Promise<never> {
    return Promise.reject(new Error('a fault of the engine'));
  }
}

interface Told {
  readonly errors?: readonly { readonly extensions: { readonly code: string; readonly requestId?: string } }[];
}

const activations = `{ activations(input: { model: "sample", prompt: { tokenIds: [1, 2] } }) {
  __typename ... on Activations { layers { residualAfter { shape } } }
} }`;

let server: BareServer;
const lines: { readonly requestId?: string; readonly msg: string }[] = [];

before(async () => {
  const engine = new Faulty({ workers: 1, threads: 1, queue: 10 });
  server = await startBareServer((line) => lines.push(JSON.parse(line)), { engine });
});

after(() => server.close());

async function post(query: string, id?: string) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(id !== undefined && { 'x-request-id': id }) },
    body: JSON.stringify({ query }),
  });
  return { id: response.headers.get('x-request-id'), ...((await response.json()) as Told) };
}

describe('a request', () => {
  it('has the id that its client gave it, where that is safe to repeat', async () => {
    assert.equal((await post('{ __typename }', 'a-1.b:2')).id, 'a-1.b:2');
    for (const unsafe of ['two words', '<b>', 'a'.repeat(129)])
      assert.match((await post('{ __typename }', unsafe)).id ?? '', /^[0-9a-f-]{36}$/);
  });

  it('has one of its own otherwise, also where it is answered without GraphQL', async () => {
    const first = (await post('{ __typename }')).id;
    const second = (await post('{ __typename }')).id;
    assert.match(first ?? '', /^[0-9a-f-]{36}$/);
    assert.notEqual(first, second);
    for (const path of ['/health', '/nothing', '/'])
      assert.ok((await fetch(new URL(path, server.url))).headers.get('x-request-id'));
  });

  it('that is refused names it', async () => {
    const { errors } = await post('{ nothing }', 'refused-1');
    assert.deepEqual(errors?.[0]?.extensions, { code: 'GRAPHQL_VALIDATION_FAILED', requestId: 'refused-1' });
    const away = await fetch(new URL('/nothing', server.url), { headers: { 'x-request-id': 'away-1' } });
    assert.equal(((await away.json()) as Told).errors?.[0]?.extensions.requestId, 'away-1');
  });

  it('that fails by a fault of the server names it, to the client and in the log', async () => {
    const { errors } = await post(activations, 'fault-1');
    assert.equal(errors?.[0]?.extensions.code, 'INTERNAL_SERVER_ERROR');
    assert.equal(errors?.[0]?.extensions.requestId, 'fault-1');
    assert.ok(lines.length > 0);
    assert.deepEqual(new Set(lines.map(({ requestId }) => requestId)), new Set(['fault-1']));
  });

  it('over a WebSocket has one for each operation', async () => {
    lines.length = 0;
    const client = createClient({ url: server.url.replace('http', 'ws'), webSocketImpl: WebSocket });
    const ask = async (extensions?: Record<string, unknown>) => {
      const results = client.iterate({ query: activations, ...(extensions && { extensions }) });
      const { value } = await results.next();
      return (value as Told).errors?.[0]?.extensions.requestId;
    };
    const given = await ask({ requestId: 'socket-1' });
    const made = await ask();
    assert.equal(given, 'socket-1');
    assert.match(made ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(
      lines.map(({ requestId }) => requestId),
      [given, made],
    );
    await client.dispose();
  });
});
