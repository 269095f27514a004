/** A worker as it is seen from outside: what it computes and stores is counted and traced, and told at its port. */
import type { Logger } from 'pino';
import type { ObserveWorker } from '../deployment/worker.ts';
import type { Settings } from '../settings.ts';
import { observe } from './observe.ts';
import { ObservedEngine } from './observed-engine.ts';
import { Readiness } from './readiness.ts';
import { openWorkerPort } from './worker-port.ts';

/** @throws Error where its port cannot be listened on */
export function observedBy(settings: Settings, log: Logger): ObserveWorker {
  return async (engine, store) => {
    await using parts = new AsyncDisposableStack();
    const { housekeeping } = store;
    const { observers, metrics } = parts.use(await observe(settings, { engine, size: () => housekeeping.size() }, log));
    store.events.whenStored((events, seconds) => {
      for (const observer of observers) observer.stored?.(events, seconds);
    });
    if (settings.workerPort !== undefined) {
      const readiness = parts.use(new Readiness(housekeeping, log));
      const at = { port: settings.workerPort, host: settings.host };
      const { url } = parts.use(await openWorkerPort(readiness, metrics, at, log));
      log.info(
        { url },
        'whether this worker lives, is ready, and what it does is told at /health, /ready and /metrics',
      );
    }
    const opened = parts.move();
    return { engine: new ObservedEngine(engine, observers), [Symbol.asyncDispose]: () => opened.disposeAsync() };
  };
}
