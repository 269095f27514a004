/** Who asks over a connection, and by which name turns and shares are taken. */
import type { IncomingMessage } from 'node:http';
import type { Context } from '../api/builder.ts';
import { clientOf, type Shares } from '../jobs/shares.ts';
import { anybody, type Principal } from '../principal.ts';

export type Caller = Pick<Context, 'client' | 'principal'>;

export class Callers {
  readonly #shares: Shares;
  readonly #principalOf: (request: IncomingMessage) => Principal;

  constructor(shares: Shares, principalOf: (request: IncomingMessage) => Principal = () => anybody) {
    this.#shares = shares;
    this.#principalOf = principalOf;
  }

  /** @param socket the number of a WebSocket: on one machine, and behind a proxy, all have the same address */
  of(request: IncomingMessage, socket?: number): Caller {
    const principal = this.#principalOf(request);
    this.#shares.know(principal);
    return { principal, client: clientOf(principal, request.socket.remoteAddress ?? '', socket) };
  }
}
