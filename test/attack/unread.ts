/** Connections that ask for much and read nothing, over every transport. */
import assert from 'node:assert/strict';
import { print } from 'graphql';
import type { TributaryClient } from '../../src/client/client.ts';
import { RunEventsDocument } from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { frame, opcodes, RawWebSocket, text } from '../support/raw-websocket.ts';
import { defineAttack } from './attack.ts';
import { circulate, question, runIdOf } from './questions.ts';
import type { Random } from './random.ts';

/** Subscriptions of one WebSocket. */
const subscriptions = 20;
/** Connections after which it is seen whether others are served. */
const others = 5;

/** Long, and followed at many positions: events of megabytes. */
const large = {
  model: 'sample',
  prompt: { tokenIds: Array.from({ length: 200 }, (_, position) => (position * 37) % 2000) },
  track: Array.from({ length: 48 }, (_, position) => position * 3),
};

export const unread = defineAttack({
  name: 'unread',
  description:
    'asked for large events by WebSockets, event streams and requests that read none of them, it holds a bounded part of them in memory and serves the others',
  round: 'one connection',
  rounds: { suite: 30, demand: 500 },
  seconds: 8,
  settings: { variables: { MAX_UNSENT_MEMORY: '200MB' } },
  mostMemory: 700e6,
  async attack(scene) {
    const { server, client, random, rounds } = scene;
    using connections = new DisposableStack();
    const events = await circulate(client, large);
    const id = runIdOf(events);
    const size = JSON.stringify(events).length;
    const webSockets: RawWebSocket[] = [];
    let bytes = 0;
    for (let round = 1; round <= rounds; round++) {
      if (random.chance(0.6)) {
        const socket = connections.use(await RawWebSocket.open(server.url));
        subscribe(socket, id);
        webSockets.push(socket);
        bytes += size * subscriptions;
      } else {
        const connection = connections.use(await RawConnection.open(server.url));
        request(connection, id, random.pick(['text/event-stream', 'application/json']));
        bytes += size;
      }
      // As if they lived.
      for (const socket of webSockets) socket.write(frame({ opcode: opcodes.pong }));
      if (round % others === 0) await served(client, random, id, events.length);
      scene.over();
    }
    await served(client, random, id, events.length);
    return { 'asked for and not read, MB': bytes / 1e6 };
  },
});

function subscribe(socket: RawWebSocket, runId: string): void {
  const payload = { query: print(RunEventsDocument), variables: { runId, after: null } };
  for (let id = 0; id < subscriptions; id++) socket.write(text({ id: String(id), type: 'subscribe', payload }));
}

/** As a stream, or all of it at once. */
function request(connection: RawConnection, runId: string, accept: string): void {
  const query =
    accept === 'text/event-stream'
      ? print(RunEventsDocument)
      : 'query ($runId: ID!) { run(id: $runId) { events { edges { node { seq ... on LayerCirculated { tracked { norm share heads { base64 } } } } } } } }';
  connection.post(query, { accept }, { variables: { runId } });
}

/** Whoever reads has every event of the large run, and another one of their own. */
async function served(client: TributaryClient, random: Random, id: string, events: number): Promise<void> {
  assert.equal((await collect(client.followRun(id))).length, events);
  const told = await circulate(client, question(random, 3));
  assert.equal(told.at(-1)?.__typename, 'CirculationCompleted');
}
