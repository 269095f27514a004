/** Connections whose other end does not read what was sent to it, over HTTP and WebSocket alike. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds in which something has to arrive of what waits; a connection without it is closed after at most two. */
const patience = 30_000;

/** How far a socket has come: bytes that are sent, and bytes of the write under way that the system has not taken yet. */
interface Progress {
  readonly written: number;
  readonly queued: number;
}

/** Closes those that take nothing. One to which nothing is sent, as a subscription without news, may stay idle. */
export function closeUnread(server: Server): void {
  const sockets = new Map<Socket, Progress | undefined>();
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  const timer = setInterval(() => {
    for (const [socket, before] of sockets) {
      const now = progressOf(socket);
      if (now && before && now.written === before.written && now.queued === before.queued) socket.destroy();
      else sockets.set(socket, now);
    }
  }, patience);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}

/** @returns undefined where nothing waits */
function progressOf(socket: Socket): Progress | undefined {
  if (socket.writableLength === 0) return;
  // What net itself tells a slow write from a stuck one by: a write counts as unsent to its last byte, however long.
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize: number } };
  return { written: socket.bytesWritten - socket.writableLength, queued: handle?.writeQueueSize ?? 0 };
}
