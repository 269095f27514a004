/** All that is counted, in a registry of its own. Loaded only where it is asked for: see `METRICS`. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Engine } from '../../jobs/engine.ts';
import type { StoreSize } from '../../runs/housekeeping.ts';
import type { Observer } from '../observer.ts';
import { jobMetrics } from './jobs.ts';
import { modelMetrics } from './models.ts';
import { operationMetrics } from './operations.ts';
import { storageMetrics } from './storage.ts';

export interface Metrics extends Observer {
  /** Of the text of `read`. */
  readonly contentType: string;
  /** In the text format of Prometheus. */
  read(): Promise<string>;
  /** Every name with its help. */
  readonly described: readonly { readonly name: string; readonly type: string; readonly help: string }[];
}

/** What is looked at when somebody asks. */
export interface Observed {
  readonly engine: Pick<Engine, 'holdings'>;
  readonly size: () => Promise<StoreSize>;
}

export function openMetrics({ engine, size }: Observed): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const operations = operationMetrics(registry);
  const jobs = jobMetrics(registry);
  modelMetrics(registry, engine);
  const storage = storageMetrics(registry, size);
  return {
    ...operations,
    ...jobs,
    ...storage,
    contentType: registry.contentType,
    read: () => registry.metrics(),
    get described() {
      return registry.getMetricsAsArray().map(({ name, help, type }) => ({ name, help, type: String(type) }));
    },
  };
}
