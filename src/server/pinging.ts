import type { WebSocket } from 'ws';
import type { Connection } from './connection.ts';

/**
 * Ends a socket that neither answers a ping until the next one is due nor takes anything of what it is sent: behind much
 * that waits to be read, a ping comes late. @param period milliseconds @returns stops
 */
export function keepPinging(socket: WebSocket, connection: Connection, period: number): () => void {
  let alive = true;
  let taken = 0;
  socket.on('pong', () => {
    alive = true;
  });
  const timer = setInterval(() => {
    if (!alive && connection.sent === taken) return socket.terminate();
    if (socket.readyState !== socket.OPEN) return;
    alive = false;
    socket.ping();
    // The ping itself has left by now: the system takes it whether the client is there or not.
    taken = connection.sent;
  }, period);
  return () => clearInterval(timer);
}
