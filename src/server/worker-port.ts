/** What a worker tells at a port of its own: whether it lives, whether it can take tasks, and its metrics. */
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { serveMetrics, type Told } from './metrics/endpoint.ts';
import type { Readiness } from './readiness.ts';

/** Milliseconds in which a request has to be there. */
const requestTime = 10_000;

export interface WorkerPort extends AsyncDisposable {
  readonly url: string;
}

/** @param metrics undefined: they are not counted @throws Error where it cannot listen */
export async function openWorkerPort(
  readiness: Pick<Readiness, 'reason'>,
  metrics: Told | undefined,
  { port, host }: { readonly port: number; readonly host: string },
  log: Logger,
): Promise<WorkerPort> {
  const answer: RequestListener = async ({ url = '' }, response) => {
    const [path] = url.split('?');
    if (path === '/health') say(response, 200, 'The worker lives');
    else if (path === '/ready') {
      const reason = await readiness.reason();
      if (reason === undefined) say(response, 200, 'The worker takes tasks');
      else say(response, 503, `The worker takes no tasks: ${reason}`);
    } else if (path === '/metrics') say(response, 404, 'Metrics are not counted; METRICS=on has them be');
    else say(response, 404, 'There is nothing here but /health, /ready and /metrics');
  };
  const server = createServer({ requestTimeout: requestTime }, serveMetrics(metrics, answer, log));
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(port, host, listening.resolve);
  await listening.promise;
  server.unref();
  const { address, port: own, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${own}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function say(response: ServerResponse, status: number, message: string): void {
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .end(`${message}\n`);
}
