/** What is stored: events as they come, and the size of the whole, looked at when somebody asks. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { StoreSize } from '../../runs/housekeeping.ts';
import type { Observer } from '../observer.ts';

/** Milliseconds for which the size is taken to be what it was: it is counted row by row. */
const lasts = 30_000;
/** Seconds of a transaction. */
const writes = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** @param size of the store */
export function storageMetrics(registry: Registry, size: () => Promise<StoreSize>): Required<Pick<Observer, 'stored'>> {
  const registers = [registry];
  const stored = new Counter({
    name: 'tributary_events_stored_total',
    help: 'Events of runs that were stored.',
    registers,
  });
  const took = new Histogram({
    name: 'tributary_event_write_seconds',
    help: 'Time from asking for the storage of events to having them stored; several may be stored together.',
    buckets: writes,
    registers,
  });
  let known: Promise<StoreSize | undefined> | undefined;
  let at = Number.NEGATIVE_INFINITY;
  const recent = () => {
    if (performance.now() < at + lasts) return known;
    at = performance.now();
    // A store that cannot be read has no size: `/ready` tells why.
    known = size().catch(() => undefined);
    return known;
  };
  const gauge = (name: string, help: string, of: (size: StoreSize) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const now = await recent();
        if (now) this.set(of(now));
        else this.remove();
      },
    });
  gauge('tributary_store_bytes', 'Bytes of the database, at most half a minute ago.', ({ bytes }) => bytes);
  gauge('tributary_store_runs', 'Runs that are stored, at most half a minute ago.', ({ runs }) => runs);
  gauge('tributary_store_events', 'Events that are stored, at most half a minute ago.', ({ events }) => events);
  return {
    stored: (events, seconds) => {
      stored.inc(events);
      took.observe(seconds);
    },
  };
}
