/** Where metrics are told: at `/metrics`, of the server itself or on a port of its own. */
import { hash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

export const metricsPath = '/metrics';

/** Milliseconds in which a request has to be there. */
const requestTime = 10_000;

export interface Told {
  readonly metrics: Metrics;
  /** What whoever reads them has to send; undefined: nothing. */
  readonly token: string | undefined;
  /** Whether whoever asks may read them, where that is known of them; absent: all may who have the token. */
  readonly mayRead?: (request: IncomingMessage) => boolean;
}

/** Answers whoever asks for the metrics; all else is the listener's. */
export function serveMetrics(told: Told | undefined, listener: RequestListener, log: Logger): RequestListener {
  if (!told) return listener;
  return (request, response) => {
    const [path] = (request.url ?? '').split('?');
    if (path !== metricsPath) return listener(request, response);
    answer(told, request, response).catch((error) => {
      log.error({ err: error }, 'metrics could not be read');
      response.destroy();
    });
  };
}

export interface MetricsServer extends AsyncDisposable {
  readonly url: string;
}

/** Listens on a port for nothing else: of a server, and of a worker. @throws Error where it cannot listen */
export async function listenForMetrics(
  told: Told,
  { port, host }: { readonly port: number; readonly host: string },
  log: Logger,
): Promise<MetricsServer> {
  const elsewhere: RequestListener = (_, response) => say(response, 404, `There is nothing here but ${metricsPath}`);
  const server = createServer({ requestTimeout: requestTime }, serveMetrics(told, elsewhere, log));
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(port, host, listening.resolve);
  await listening.promise;
  server.unref();
  const { address, port: own, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${own}${metricsPath}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  { metrics, token, mayRead }: Told,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return say(response, 405, 'Metrics are read by GET');
  }
  if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
    response.setHeader('www-authenticate', 'Bearer');
    return say(response, 401, 'Metrics are read with the header Authorization: Bearer and what METRICS_TOKEN is');
  }
  if (mayRead && !mayRead(request)) return say(response, 403, 'Metrics are read with a key that has the scope MANAGE');
  const text = await metrics.read();
  response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : text);
}

/** In the same time, however much of it is right. */
function isSame(given: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', right, 'buffer'));
}

function say(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
}
