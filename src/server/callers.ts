/** Who asks over a connection, and by which name turns and shares are taken. */
import type { IncomingMessage } from 'node:http';
import type { Context } from '../api/builder.ts';
import { clientOf, type Shares } from '../jobs/shares.ts';
import type { Principal } from '../principal.ts';

export type Caller = Pick<Context, 'client' | 'principal'>;

export class Callers {
  readonly #shares: Shares;
  readonly #principalOf: (request: IncomingMessage) => Principal;

  constructor(shares: Shares, principalOf: (request: IncomingMessage) => Principal) {
    this.#shares = shares;
    this.#principalOf = principalOf;
  }

  /** @param socket the number of a WebSocket: on one machine, and behind a proxy, all have the same address */
  of(request: IncomingMessage, socket?: number): Caller {
    return this.as(this.#principalOf(request), request, socket);
  }

  /** The same where it is known by other means who asks. */
  as(principal: Principal, request: IncomingMessage, socket?: number): Caller {
    this.#shares.know(principal);
    return { principal, client: clientOf(principal, request.socket.remoteAddress ?? '', socket) };
  }
}
