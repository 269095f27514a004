/** Bytes that are no HTTP, no WebSocket and no protocol, and connections that never become anything. */
import assert from 'node:assert/strict';
import { RawConnection } from '../support/raw-connection.ts';
import { frame, opcodes, RawWebSocket } from '../support/raw-websocket.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { defineAttack } from './attack.ts';
import { assertShowsNothing } from './inside.ts';
import { aliveMessage, wrongFrames, wrongRequests } from './malformed.ts';
import type { Random } from './random.ts';

/** Connections at once that say something wrong. */
const lanes = 4;
/** Connections that are kept open half-way. */
const mostHeld = 200;

/** Beginnings of requests: the rest comes byte by byte, or never. */
const unfinished = [
  'G',
  'GET /graphql HTTP/1.1\r\nHost: localhost\r\nX: ',
  'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"query":"',
  'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-',
];

export const frames = defineAttack({
  name: 'frames',
  description:
    'told what is no HTTP, no WebSocket frame and no message of the protocol, with connections left open half-way all the while, it closes only the socket that did it, with the code that says why',
  round: 'one connection',
  rounds: { suite: 500, demand: 20_000 },
  seconds: 6,
  mostMemory: 600e6,
  async attack(scene) {
    const { server } = scene;
    using held = new Held(server.url);
    using good = await RawWebSocket.open(server.url);
    const counts = { frames: 0, requests: 0 };
    await scene.lanes(lanes, async (random, next) => {
      while (next()) {
        if (random.chance(0.3)) await held.move(random);
        if (random.chance(0.6)) {
          await sendFrames(server, random);
          counts.frames++;
        } else {
          await sendRequest(server, random);
          counts.requests++;
        }
        // As clients of WebSockets answer pings.
        good.write(frame({ opcode: opcodes.pong }));
        scene.over();
      }
    });
    good.write(aliveMessage);
    assert.deepEqual((await good.message('next')).payload, { data: { __typename: 'Query' } });
    return {
      'WebSockets that said something wrong': counts.frames,
      'requests that were none': counts.requests,
      'connections open half-way': held.count,
    };
  },
});

async function sendFrames({ url, folder }: ServerProcess, random: Random): Promise<void> {
  const { name, send, closed } = random.pick(wrongFrames);
  using socket = await RawWebSocket.open(url);
  send(socket, random);
  // Some go without a word, in whatever state.
  if (random.chance(0.1)) return;
  if (closed === undefined) {
    socket.write(aliveMessage);
    await socket.message('complete');
  } else {
    if (closed !== 'CUT OFF') assert.equal(await socket.closing(), closed, name);
    socket.socket.end();
    await socket.end();
  }
  assertShowsNothing(socket.heard, folder, name);
}

async function sendRequest({ url, folder }: ServerProcess, random: Random): Promise<void> {
  const { name, send, status } = random.pick(wrongRequests);
  using socket = await RawConnection.open(url);
  send(socket, random);
  if (random.chance(0.1)) return;
  const answered = await socket.status();
  assert.ok(status.includes(answered), `${name} is answered by ${answered}: ${socket.heard.slice(0, 500)}`);
  assertShowsNothing(socket.heard, folder, name);
}

/** Connections that are kept open half-way, and grow by a byte now and then. */
class Held implements Disposable {
  readonly #url: string;
  readonly #connections: RawConnection[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  get count(): number {
    return this.#connections.length;
  }

  /** One more of them, or one more byte of each. */
  async move(random: Random): Promise<void> {
    if (this.#connections.length < mostHeld) {
      const connection = await RawConnection.open(this.#url);
      connection.write(random.pick(unfinished));
      this.#connections.push(connection);
    } else for (const connection of this.#connections) connection.write('x');
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections.splice(0)) connection[Symbol.dispose]();
  }
}
