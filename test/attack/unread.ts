/** Connections that ask for much and read nothing, over every transport. */
import assert from 'node:assert/strict';
import { print } from 'graphql';
import { TributaryClient } from '../../src/client/client.ts';
import { CirculationDocument, RunEventsDocument } from '../../src/client/generated/graphql.ts';
import { collect } from '../server/harness.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { frame, opcodes, RawWebSocket, text } from '../support/raw-websocket.ts';
import { ServerProcess } from '../support/server-process.ts';
import type { Attack } from './attack.ts';
import { Random } from './random.ts';

/** Subscriptions of one WebSocket. */
const subscriptions = 20;
/** Connections after which it is seen whether others are served. */
const others = 5;
/** Bytes: what may wait to be sent, and what the server may have in all. */
const mostUnsent = '200MB';
const mostMemory = 700e6;

/** Long, and followed at many positions: events of megabytes. */
const large = {
  model: 'sample',
  prompt: { tokenIds: Array.from({ length: 200 }, (_, position) => (position * 37) % 2000) },
  track: Array.from({ length: 48 }, (_, position) => position * 3),
};

export const unread: Attack = {
  name: 'unread',
  description:
    'asked for large events by WebSockets, event streams and requests that read none of them, it holds a bounded part of them in memory and serves the others',
  round: 'one connection',
  rounds: { suite: 30, demand: 500 },
  seconds: 8,
  async run({ seed, rounds, report }) {
    const random = new Random(seed);
    await using server = await ServerProcess.start({ variables: { MAX_UNSENT_MEMORY: mostUnsent } });
    using memory = server.watchMemory(mostMemory);
    using connections = new DisposableStack();
    const client = new TributaryClient(server.url, { retries: 0 });
    let bytes = 0;
    const storm = async () => {
      const events = (await collect(client.subscribe(CirculationDocument, { input: large }))).map(
        ({ circulation }) => circulation,
      );
      const [first] = events;
      assert.ok(first && 'run' in first);
      const { id } = first.run;
      const size = JSON.stringify(events).length;
      const webSockets: RawWebSocket[] = [];
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
        report(round);
      }
      await served(client, random, id, events.length);
    };
    await memory.during(storm());
    await client.close();
    connections.dispose();
    assert.deepEqual((await server.post('{ __typename }')).data, { __typename: 'Query' });
    assert.equal(await server.stop(), 0);
    return { 'asked for and not read, MB': bytes / 1e6, 'memory, MB at most': memory.peak / 1e6 };
  },
};

function subscribe(socket: RawWebSocket, runId: string): void {
  const payload = { query: print(RunEventsDocument), variables: { runId, after: null } };
  for (let id = 0; id < subscriptions; id++) socket.write(text({ id: String(id), type: 'subscribe', payload }));
}

/** As a stream, or all of it at once. */
function request(connection: RawConnection, runId: string, accept: string): void {
  const query =
    accept === 'text/event-stream'
      ? print(RunEventsDocument)
      : 'query ($runId: ID!) { run(id: $runId) { events { seq ... on LayerCirculated { tracked { norm share heads { base64 } } } } } }';
  connection.post(query, { accept }, { variables: { runId } });
}

/** Whoever reads has every event of the large run, and another one of their own. */
async function served(client: TributaryClient, random: Random, id: string, events: number): Promise<void> {
  assert.equal((await collect(client.followRun(id))).length, events);
  const input = { model: 'llama', prompt: { tokenIds: [random.below(280), random.below(280), 1] } };
  const told = await collect(client.subscribe(CirculationDocument, { input }));
  assert.equal(told.at(-1)?.circulation.__typename, 'CirculationCompleted');
}
