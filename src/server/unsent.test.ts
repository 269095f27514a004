import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, it, mock } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import type { Connection } from './connection.ts';
import { Outbox } from './outbox.ts';
import { Payload, Unsent } from './unsent.ts';

setFlagsFromString('--expose-gc');

/** A socket that takes what the test says. */
class Slow extends EventEmitter {
  writableLength = 0;
  bytesWritten = 0;
  destroyed = false;

  write(bytes: number): void {
    this.writableLength += bytes;
    this.bytesWritten += bytes;
  }

  cork(): void {}

  uncork(): void {}

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

describe('what waits to be sent', () => {
  afterEach(() => mock.timers.reset());
  const watched = (most: number, count: number) => {
    mock.timers.enable({ apis: ['setInterval'] });
    const unsent = new Unsent({ all: most, ofOne: 1e6, unreadTime: 30_000 }, pino({ level: 'silent' }));
    const sockets = Array.from({ length: count }, () => new Slow());
    const connections = sockets.map((socket) => unsent.watch(socket as unknown as Socket));
    return { unsent, sockets, connections, closed: () => sockets.map(({ destroyed }) => destroyed) };
  };

  it('is left alone as long as there is room for it', () => {
    const { sockets, closed } = watched(100, 2);
    for (const socket of sockets) socket.write(49);
    mock.timers.tick(10_000);
    assert.deepEqual(closed(), [false, false]);
  });

  it('costs who has most of it the connection, and no one else', () => {
    const { sockets, closed } = watched(100, 3);
    for (const [index, socket] of sockets.entries()) socket.write(20 * (index + 1));
    mock.timers.tick(250);
    assert.deepEqual(closed(), [false, false, true]);
  });

  it('costs who takes none of it the connection before who has more, and takes it', () => {
    const { sockets, closed } = watched(100, 2);
    const [still, reading] = sockets as [Slow, Slow];
    still.write(20);
    reading.write(70);
    for (let look = 0; look < 8; look++) {
      reading.writableLength--;
      reading.write(1);
      mock.timers.tick(250);
    }
    assert.deepEqual(closed(), [false, false]);
    reading.write(10);
    mock.timers.tick(250);
    assert.deepEqual(closed(), [true, false]);
  });

  it('counts once what is shared, as long as somebody has yet to send it', () => {
    const { unsent, connections, closed } = watched(100, 5);
    const payload = new Payload(Buffer.alloc(80), unsent);
    for (const connection of connections) {
      payload.hold();
      connection.shared = 80;
    }
    mock.timers.tick(250);
    assert.deepEqual(closed(), Array(5).fill(false));
    const another = new Payload(Buffer.alloc(30), unsent);
    another.hold();
    assert.ok(closed().includes(true));
  });

  it('counts of short messages what they take, not their bytes alone', () => {
    const { unsent, connections } = watched(1e9, 1);
    const [connection] = connections as [Connection];
    const collect = runInNewContext('gc') as () => void;
    const inUse = () => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const socket = { readyState: WebSocket.OPEN, send: () => undefined } as unknown as WebSocket;
    const outbox = new Outbox(socket, connection, unsent);
    const before = inUse();
    for (let index = 0; index < 100_000; index++) outbox.send('{"type":"pong"}');
    assert.ok(connection.own > 0.8 * (inUse() - before), `${connection.own} of ${inUse() - before} bytes`);
    outbox.clear();
    assert.equal(connection.own, 0);
  });

  it('goes out as fast as it is taken, however many messages it is', { timeout: 10_000 }, async () => {
    const { unsent, connections } = watched(1e9, 1);
    const [connection] = connections as [Connection];
    const taken: (() => void)[] = [];
    const send = (_bytes: Buffer, _options: object, sent: () => void) => void taken.push(sent);
    const outbox = new Outbox({ readyState: WebSocket.OPEN, send } as unknown as WebSocket, connection, unsent);
    const many = 500_000;
    for (let index = 0; index < many; index++) outbox.send('{"type":"pong"}');
    for (let next = 0; next < many; next++) {
      taken[next]?.();
      // Time for others, among them the one who looks at the clock.
      if (next % 1000 === 0) await new Promise(setImmediate);
    }
    assert.equal(taken.length, many);
    assert.equal(connection.own, 0);
  });

  it('keeps more from being made until there is room', async () => {
    const { unsent, connections } = watched(100, 1);
    const [connection] = connections;
    assert.ok(connection);
    assert.equal(unsent.room, undefined);
    connection.close = () => undefined;
    connection.own = 100;
    unsent.add(100);
    const { room } = unsent;
    assert.ok(room);
    connection.own = 99;
    mock.timers.tick(250);
    await room;
    assert.equal(unsent.room, undefined);
  });
});
