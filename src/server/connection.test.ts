import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it, mock } from 'node:test';
import { pino } from 'pino';
import { Unsent } from './unsent.ts';

/** More than any system holds for a connection. */
const much = Buffer.alloc(64_000_000);

describe('a connection', () => {
  // Of the server alone: the timers of node's sockets are others.
  before(() => mock.timers.enable({ apis: ['setInterval'] }));
  after(() => mock.timers.reset());
  const halfMinute = () => mock.timers.tick(30_000);

  const unlimited = () =>
    new Unsent({ all: Number.POSITIVE_INFINITY, ofOne: 1e6, unreadTime: 30_000 }, pino({ level: 'silent' }));

  const open = async () => {
    const server = createServer();
    const unsent = unlimited();
    server.on('connection', (socket) => unsent.watch(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    client.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
    return {
      client,
      response,
      [Symbol.dispose]() {
        client.destroy();
        server.close();
        unsent[Symbol.dispose]();
      },
    };
  };

  it('is closed when nothing of what is sent is read, though more is sent all the time', async () => {
    using connection = await open();
    const { client, response } = connection;
    const closed = once(response, 'close');
    response.write(much);
    await once(client, 'readable');
    halfMinute();
    assert.equal(response.socket?.destroyed, false, 'it has been waiting for a moment only');
    response.write('more');
    halfMinute();
    await closed;
  });

  it('stays open while it is read, however slowly, and however long what is sent', async () => {
    using connection = await open();
    const { client, response } = connection;
    response.end(much);
    let read = 0;
    for (let part = 1; part <= 4; part++) {
      while (read < (part * much.length) / 4) read += await readSome(client);
      halfMinute();
    }
    assert.ok(read >= much.length);
  });

  it('stays open while one write after the other is taken, though as much waits each time', () => {
    using unsent = unlimited();
    const { socket } = unsent.watch(new Taking() as unknown as Socket);
    for (let round = 0; round < 4; round++) {
      (socket as unknown as Taking).bytesWritten += 9;
      halfMinute();
    }
    assert.equal(socket.destroyed, false);
    halfMinute();
    assert.equal(socket.destroyed, true);
  });

  it('stays open while nothing is sent to it', async () => {
    using connection = await open();
    const { client, response } = connection;
    response.write('first');
    while (!String(client.read()).includes('first')) await once(client, 'readable');
    for (let minute = 0; minute < 10; minute++) halfMinute();
    response.write('second');
    while (!String(client.read()).includes('second')) await once(client, 'readable');
  });
});

/** A socket that always has something to send. */
class Taking extends EventEmitter {
  readonly writableLength = 9;
  bytesWritten = 9;
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
  }
}

async function readSome(socket: Socket): Promise<number> {
  const chunk = socket.read() as Buffer | null;
  if (chunk) return chunk.length;
  await once(socket, 'readable');
  return 0;
}
