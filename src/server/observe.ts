/** Who observes a server, by its settings: what nobody asked for is not even loaded. */
import type { Logger } from 'pino';
import type { Settings } from '../settings.ts';
import { listenForMetrics, type Told } from './metrics/endpoint.ts';
import type { Observed } from './metrics/metrics.ts';
import type { Observer } from './observer.ts';

export interface Observing extends AsyncDisposable {
  readonly observers: readonly Observer[];
  /** What is told on the server's own port; undefined: nothing there. */
  readonly metrics: Told | undefined;
}

/** @throws Error where the port of metrics cannot be listened on */
export async function observe(
  { metrics: asked, tracing, host }: Pick<Settings, 'metrics' | 'tracing' | 'host'>,
  observed: Observed,
  log: Logger,
): Promise<Observing> {
  await using parts = new AsyncDisposableStack();
  const observers: Observer[] = [];
  let told: Told | undefined;
  if (asked) {
    const { openMetrics } = await import('./metrics/metrics.ts');
    const metrics = openMetrics(observed);
    observers.push(metrics);
    told = { metrics, token: asked.token };
  }
  if (tracing) {
    const { openTracing } = await import('./tracing/tracing.ts');
    observers.push(parts.use(openTracing(tracing, log)));
  }
  if (told && asked?.port !== undefined) {
    const { url } = parts.use(await listenForMetrics(told, { port: asked.port, host }, log));
    log.info({ url }, 'metrics are told on a port of their own');
    told = undefined;
  }
  const opened = parts.move();
  return { observers, metrics: told, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
