/** Clients that vanish without a word, which is no fault of the server: its log says nothing of them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, before, beforeEach, describe, it, mock } from 'node:test';
import { WebSocket } from 'ws';
import { TributaryClient } from '../../src/client/client.ts';
import { StartCirculationDocument } from '../../src/client/generated/graphql.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { RawWebSocket, text } from '../support/raw-websocket.ts';
import { completed, passed, ScriptedEngine, started } from '../support/scripted-engine.ts';
import { type BareServer, startBareServer } from './harness.ts';

/** Many on one socket, so that something is under way to the client when it leaves. */
const operations = 50;

describe('a client that vanishes in the middle of a subscription', () => {
  const engine = new ScriptedEngine();
  const lines: string[] = [];
  let server: BareServer;
  let client: TributaryClient;
  before(async () => {
    server = await startBareServer((line) => lines.push(line), { engine });
    client = new TributaryClient(server.url, { retries: 0 });
  });
  after(async () => {
    await client.close();
    await server.close();
  });
  beforeEach(() => {
    lines.length = 0;
  });

  const leaving = {
    'closes its connection': (socket: Socket) => socket.destroy(),
    'resets its connection': (socket: Socket) => socket.resetAndDestroy(),
    'breaks off in the middle of a frame': (socket: Socket) =>
      socket.write(Uint8Array.of(0x81, 0xfe), () => socket.destroy()),
    'sends what is no frame and is gone': (socket: Socket) =>
      socket.write('\xff\xff\xff\xff', () => socket.resetAndDestroy()),
  };
  const asking = [
    ['WebSocket', overSocket, operations],
    ['server-sent events', overEvents, 1],
  ] as const;
  let seed = 0;
  it('is left after a while that it has not answered in, over WebSocket, and one that answers is not', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    const sockets = [true, false].map(
      (autoPong) => new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws', { autoPong }),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const asked = sockets.map((socket) => once(socket, 'ping'));
    mock.timers.tick(12_000);
    await Promise.all(asked);
    // Answered behind the pong before it.
    sockets[0]?.send('{"type":"ping"}');
    await once(sockets[0] as WebSocket, 'message');
    const then = sockets.map((socket) =>
      Promise.race(['ping', 'close'].map((event) => once(socket, event).then(() => event))),
    );
    mock.timers.tick(12_000);
    assert.deepEqual(await Promise.all(then), ['ping', 'close']);
    for (const socket of sockets) socket.terminate();
    mock.timers.reset();
  });

  for (const [transport, ask, times] of asking) {
    for (const [does, leave] of Object.entries(leaving)) {
      it(`is not told of in the log, where it ${does}, over ${transport}`, async () => {
        const input = { model: 'llama', prompt: { tokenIds: [seed++, 2] } };
        await client.request(StartCirculationDocument, { input });
        engine.step(started);
        const connection = await ask(server.url, input);
        await connection.says('CirculationStarted', times);
        leave(connection.socket);
        // Before the server can notice it: it sends to a client that is gone.
        for (const step of [passed(0), passed(1), completed]) engine.step(step);
        engine.end();
        using another = await overEvents(server.url, input);
        await another.says('CirculationCompleted');
        assert.deepEqual(lines, []);
      });
    }
  }
});

const query = 'subscription ($input: CirculationInput!) { circulation(input: $input) { __typename } }';

async function overSocket(url: string, input: object): Promise<RawConnection> {
  const socket = await RawWebSocket.open(url);
  for (let id = 0; id < operations; id++)
    socket.write(text({ type: 'subscribe', id: String(id), payload: { query, variables: { input } } }));
  return socket;
}

async function overEvents(url: string, input: object): Promise<RawConnection> {
  const connection = await RawConnection.open(url);
  connection.post(query, { accept: 'text/event-stream' }, { variables: { input } });
  return connection;
}
