/** Which names the server goes by, and which web pages may talk to it: a browser tells both, where it tells anything. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import type { Settings } from '../settings.ts';
import { originFault } from '../web-origin.ts';
import { refuse } from './refuse.ts';

/** Why a request is not read. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Origins that are remembered for having been logged; any page may make up more of them. */
const mostLogged = 100;

export class Names {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: readonly string[];
  readonly #log: Logger;
  readonly #logged = new Set<string>();

  constructor(
    { host, allowedHosts, allowedOrigins }: Pick<Settings, 'host' | 'allowedHosts' | 'allowedOrigins'>,
    log: Logger,
  ) {
    this.#log = log;
    // Whoever owns the name of an allowed origin may ask anyway.
    const ofOrigins = allowedOrigins.filter((origin) => URL.canParse(origin)).map((origin) => new URL(origin).hostname);
    this.#hosts = new Set([host, ...allowedHosts, ...ofOrigins].map((name) => name.toLowerCase()));
    this.#origins = allowedOrigins;
  }

  /** Whether pages of an origin may ask. @param host the Host header of the request */
  allows(origin: string, host: string | null | undefined): boolean {
    if (this.#origins.includes('*') || this.#origins.includes(origin)) return true;
    if (!URL.canParse(origin)) return false;
    const { host: asking, hostname } = new URL(origin);
    return asking === host?.toLowerCase() && this.#isOwn(hostname);
  }

  /** The same for requests and upgrades, before anything else is read of them. */
  refusalOf({ url = '', method, headers }: IncomingMessage): Refusal | undefined {
    if (!url.startsWith('/')) return { status: 400, message: 'The target of a request begins with /, as in /graphql' };
    const hostname = hostnameOf(headers.host ?? '');
    if (hostname === undefined) {
      const message = 'The Host header is a name or an address of the server and its port, as in localhost:4000';
      return { status: 400, message };
    }
    if (!this.#origins.includes('*') && !this.#isOwn(hostname)) {
      const message = `This server does not go by the name ${hostname}; ALLOWED_HOSTS lists those that it goes by`;
      return { status: 421, message };
    }
    const { origin, 'sec-fetch-site': site = 'none' } = headers;
    if (origin !== undefined && !this.allows(origin, headers.host)) {
      this.#logOnce(origin);
      return refusedPage(origin);
    }
    // A page that shows an image, or embeds the address otherwise, sends no origin; browsers say at least that there is one.
    const own = site === 'none' || site === 'same-origin';
    if (origin === undefined && !own && !isLinkFollowed(method, headers)) return refusedPage('other sites');
    return undefined;
  }

  /** A developer whose page is refused looks here first: the browser tells its scripts nothing. */
  #logOnce(origin: string): void {
    if (this.#logged.has(origin) || this.#logged.size >= mostLogged || originFault(origin)) return;
    this.#logged.add(origin);
    const setting = `ALLOWED_ORIGINS=${[...this.#origins, origin].join(',')}`;
    this.#log.warn({ origin }, `pages of another origin are refused; ${setting} would let them in`);
  }

  /**
   * Any name that is not this machine's alone, nor known to be the server's, may be a page's own domain that was pointed
   * at this address after the page was loaded (DNS rebinding): the page and the server then have the same origin.
   */
  #isOwn(hostname: string): boolean {
    const own = hostname === 'localhost' || hostname.endsWith('.localhost') || this.#hosts.has(hostname);
    return own || isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;
  }
}

/** Answers in place of the listener where the names refuse. */
export function refuseForeign(names: Names, listener: RequestListener): RequestListener {
  return (request, response) => {
    const refusal = names.refusalOf(request);
    if (refusal) refuse(response, refusal.status, refusal.message);
    else listener(request, response);
  };
}

function refusedPage(whose: string): Refusal {
  return { status: 403, message: `Pages of ${whose} may not use this server; ALLOWED_ORIGINS lists those that may` };
}

/** Whether a reader has followed a link: it leads to the page that the server shows, and tells the other page nothing. */
function isLinkFollowed(method: string | undefined, headers: IncomingMessage['headers']): boolean {
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/** As browsers spell it; undefined where the header is anything else than a name or an address and a port. */
function hostnameOf(host: string): string | undefined {
  const isPlain = /^(\[[^\s/?#@[\]\\]+\]|[^\s/?#@[\]\\:]+)(:\d*)?$/.test(host);
  return isPlain && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined;
}
