/** One request at a time on each connection: node hands over at once all that a client has sent ahead. */
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { withHeaders } from './headers.ts';
import { refuse } from './refuse.ts';

/** Requests that may wait on a connection while an answer is on its way. */
const mostWaiting = 16;
/** Further ones that are passed over until their refusal has gone out; node keeps kilobytes for each of them. */
const mostPassedOver = 64;

interface Line {
  readonly waiting: (() => void)[];
  passedOver: number;
}

const refuseFurther = withHeaders((_request, response) =>
  refuse(
    response,
    429,
    `At most ${mostWaiting} requests may wait on a connection; send more once they are answered, or on other connections`,
  ),
);

/**
 * The next request of a connection starts when the answer before it has been handed to the system to the last byte: a
 * client that does not read holds one answer.
 */
export function inTurn(listener: RequestListener): RequestListener {
  const lines = new WeakMap<Socket, Line>();
  return (request, response) => {
    const { socket } = request;
    const start = () => {
      response.once('finish', () => {
        const next = lines.get(socket)?.waiting.shift();
        // Node has closed the connection by now if this was its last answer.
        if (next && socket.writable) next();
        else lines.delete(socket);
      });
      listener(request, response);
    };
    const line = lines.get(socket);
    if (!line) {
      lines.set(socket, { waiting: [], passedOver: 0 });
      start();
    } else if (line.passedOver === 0 && line.waiting.length < mostWaiting) line.waiting.push(start);
    // In its turn, which is after the answers to those that wait.
    else if (line.passedOver++ === 0) refuseFurther(request, response);
    else if (line.passedOver > mostPassedOver) socket.destroy();
  };
}
