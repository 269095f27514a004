/** Requests and WebSockets of each share: one count over HTTP, server-sent events and WebSocket. */
import { GraphQLError } from 'graphql';
import type { RefusalCode } from '../errors.ts';
import { type Shares, shareOf } from '../jobs/shares.ts';
import type { Caller } from './callers.ts';
import { TokenBuckets } from './token-buckets.ts';

const code: RefusalCode = 'TOO_MANY_REQUESTS';

/** A request that is refused, since whoever asks has sent too many or has too much open. */
export class TooManyRequests extends Error {
  /** Whole seconds after which there is room; null: when something is closed. */
  readonly retryAfter: number | null;

  constructor(message: string, retryAfter: number | null) {
    super(message);
    this.retryAfter = retryAfter;
  }

  get headers(): Record<string, string> {
    return this.retryAfter === null ? {} : { 'Retry-After': String(this.retryAfter) };
  }

  get extensions() {
    return { code, retryAfter: this.retryAfter };
  }

  /** @param http whether it is answered by HTTP, where yoga makes status and headers of it */
  asGraphQLError(http = false): GraphQLError {
    const answered = http ? { http: { status: 429, headers: this.headers } } : {};
    return new GraphQLError(this.message, { extensions: { ...this.extensions, ...answered } });
  }
}

export class RequestShares {
  readonly #shares: Shares;
  readonly #requests: TokenBuckets;
  readonly #sockets = new Map<string, number>();

  constructor(shares: Shares, requests = new TokenBuckets()) {
    this.#shares = shares;
    this.#requests = requests;
  }

  /** Counts a request. @throws TooManyRequests */
  take(caller: Caller): void {
    const share = shareOf(caller.client);
    const { requests: most } = this.#shares.of(share);
    if (most === undefined) return;
    const seconds = this.#requests.take(share, most);
    if (seconds === 0) return;
    // A second more is not waited for what rounding has added.
    const retryAfter = Math.ceil(seconds - 1e-9);
    const message = `${whose(caller)} has sent ${most} requests within a minute, which is its limit; try again in ${retryAfter} s`;
    throw new TooManyRequests(message, retryAfter);
  }

  /** Is there room for one more WebSocket? @throws TooManyRequests */
  requireSocket(caller: Caller): void {
    const { sockets: most = Number.POSITIVE_INFINITY } = this.#shares.of(shareOf(caller.client));
    if (this.socketsOf(caller) < most) return;
    const message = `${whose(caller)} has ${most} WebSockets open already, which is its limit; close one first`;
    throw new TooManyRequests(message, null);
  }

  /** Counts a WebSocket. @returns counts it no longer */
  open(caller: Caller): () => void {
    const share = shareOf(caller.client);
    this.#sockets.set(share, this.socketsOf(caller) + 1);
    return () => {
      const left = this.socketsOf(caller) - 1;
      if (left > 0) this.#sockets.set(share, left);
      else this.#sockets.delete(share);
    };
  }

  /** Requests that count at the moment, and the seconds until none does; none is counted where there is no limit. */
  requestsOf({ client }: Pick<Caller, 'client'>): { readonly used: number; readonly resetsIn: number } {
    const share = shareOf(client);
    const { requests: most } = this.#shares.of(share);
    return most === undefined ? { used: 0, resetsIn: 0 } : this.#requests.stateOf(share, most);
  }

  /** WebSockets that are open. */
  socketsOf({ client }: Pick<Caller, 'client'>): number {
    return this.#sockets.get(shareOf(client)) ?? 0;
  }
}

function whose({ principal }: Pick<Caller, 'principal'>): string {
  return principal.key === null ? 'Your address' : 'This key';
}
