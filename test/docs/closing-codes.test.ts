/** A WebSocket is closed with the codes that docs/streams.md lists, each for what it says. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer } from '../server/harness.ts';
import { addKey, revokeKey } from '../support/api-keys.ts';
import { textOf } from './pages.ts';

const init = JSON.stringify({ type: 'connection_init' });
const held =
  'subscription { circulation(input: { model: "sample", prompt: { text: "The capital of France is" } }) { __typename } }';
const operation = JSON.stringify({ id: '1', type: 'subscribe', payload: { query: held } });

/** What a client, or the server, does to have its socket closed with each code. */
const causes: Readonly<Record<string, (socket: WebSocket, server: TestServer, stop: () => Promise<void>) => unknown>> =
  {
    1001: async (socket, _server, stop) => {
      await acknowledged(socket);
      await stop();
    },
    1009: (socket) => socket.send(JSON.stringify({ type: 'ping', payload: { filler: 'x'.repeat(256 * 1024) } })),
    1013: (socket) => socket.send(init),
    4400: (socket) => socket.send('Hello'),
    4401: (socket) => socket.send(operation),
    4403: async (socket, { settings: { databaseUrl } }) => {
      const { text, record } = await addKey(databaseUrl);
      await acknowledged(socket, { authorization: `Bearer ${text}` });
      await revokeKey(databaseUrl, record.id);
    },
    4406: () => undefined,
    4408: () => undefined,
    4409: async (socket, server) => {
      server.queue.holdBefore = 0;
      await acknowledged(socket);
      socket.send(operation);
      socket.send(operation);
    },
    4429: async (socket) => {
      await acknowledged(socket);
      socket.send(init);
    },
  };

/** Of the server. */
const variables: Readonly<Record<string, Record<string, string>>> = {
  // Where hardly a byte may wait, each is one too many.
  1013: { MAX_UNSENT_MEMORY: '1' },
  4403: { AUTH: 'keys' },
};

describe('a WebSocket', () => {
  it('has a cause for each code that is documented', () => {
    const documented = [...textOf('docs/streams.md').matchAll(/^\| (\d{4}) \|/gm)].map(([, code]) => code);
    assert.deepEqual(documented, Object.keys(causes));
  });

  for (const [code, cause] of Object.entries(causes)) {
    it(`is closed with ${code}`, async (test) => {
      const server = await startTestServer(variables[code]);
      let stopped: Promise<void> | undefined;
      const stop = () => {
        stopped ??= server.close();
        return stopped;
      };
      test.after(stop);
      const socket = new WebSocket(server.url.replace('http', 'ws'), code === '4406' ? [] : 'graphql-transport-ws');
      const closed = once(socket, 'close');
      await once(socket, 'open');
      await cause(socket, server, stop);
      const [told, reason] = await closed;
      assert.equal(String(told), code);
      if (code === '1009') assert.equal(String(reason), 'A message has at most 262144 bytes');
      else assert.notEqual(String(reason), '', 'it says why');
    });
  }
});

async function acknowledged(socket: WebSocket, payload?: Record<string, string>): Promise<void> {
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  await once(socket, 'message');
}
