/** One request at a time on each connection: node hands over at once all that a client has sent ahead. */
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { withHeaders } from './headers.ts';
import { refuse } from './refuse.ts';

/** Further ones, for each that may wait, that are passed over until their refusal has gone out; node keeps kilobytes for each. */
const passedOverForEach = 4;

interface Line {
  readonly waiting: (() => void)[];
  passedOver: number;
}

function refuseAbove(most: number): RequestListener {
  const message = `At most ${most} requests may wait on a connection; send more once they are answered, or on other connections`;
  return withHeaders((_request, response) => refuse(response, 429, message));
}

/**
 * The next request of a connection starts when the answer before it has been handed to the system to the last byte: a
 * client that does not read holds one answer.
 * @param most requests that may wait on a connection while an answer is on its way
 */
export function inTurn(listener: RequestListener, most: number): RequestListener {
  const refuseFurther = refuseAbove(most);
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
    } else if (line.passedOver === 0 && line.waiting.length < most) line.waiting.push(start);
    // In its turn, which is after the answers to those that wait.
    else if (line.passedOver++ === 0) refuseFurther(request, response);
    else if (line.passedOver > passedOverForEach * most) socket.destroy();
  };
}
