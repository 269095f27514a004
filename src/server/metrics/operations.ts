/** What clients ask, and how that goes. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Observer } from '../observer.ts';

/** Seconds: from what is replayed to what runs for minutes. */
export const durations = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300];
/** Seconds: what is told live takes milliseconds. */
const lags = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5];

export function operationMetrics(registry: Registry): Pick<Observer, 'operation' | 'socket'> {
  const registers = [registry];
  const requests = new Counter({
    name: 'tributary_requests_total',
    help: 'Operations that are over, by what they came over, their type (none: refused before it was known) and how they ended: answered, failed (with an expected failure in the answer), refused, internal (by a fault of the server) or left (the client had gone before).',
    labelNames: ['transport', 'type', 'outcome'],
    registers,
  });
  const errors = new Counter({
    name: 'tributary_errors_total',
    help: 'Errors that were told, by their code and kind: failure (expected, a part of the answer), refusal (in place of an answer) or internal (a fault of the server).',
    labelNames: ['kind', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'tributary_request_duration_seconds',
    help: 'Time from the request of a query or a mutation to its answer; subscriptions last as long as they are followed, and are not in it.',
    labelNames: ['transport', 'type'],
    buckets: durations,
    registers,
  });
  const open = new Gauge({
    name: 'tributary_operations_open',
    help: 'Operations that are under way, by what they came over.',
    labelNames: ['transport'],
    registers,
  });
  const subscribers = new Gauge({
    name: 'tributary_subscribers',
    help: 'Subscriptions that are followed, by the field that they ask for.',
    labelNames: ['field'],
    registers,
  });
  const lag = new Histogram({
    name: 'tributary_event_lag_seconds',
    help: 'Time from storing an event of a run to handing it over to be sent to one of its followers; without events that were stored before somebody followed.',
    buckets: lags,
    registers,
  });
  const sockets = new Gauge({ name: 'tributary_websockets_open', help: 'WebSockets that are open.', registers });
  return {
    operation: ({ transport, type, field, began }) => {
      const since = Date.now();
      const label = type ?? 'none';
      const followed = type === 'subscription' && field !== null ? field : undefined;
      open.inc({ transport });
      if (followed) subscribers.inc({ field: followed });
      return {
        told: (at) => {
          if (at.getTime() >= since) lag.observe((Date.now() - at.getTime()) / 1000);
        },
        error: (kind, code) => errors.inc({ kind, code }),
        end: (outcome) => {
          open.dec({ transport });
          if (followed) subscribers.dec({ field: followed });
          requests.inc({ transport, type: label, outcome });
          if (!followed) duration.observe({ transport, type: label }, (performance.now() - began) / 1000);
        },
      };
    },
    socket: () => {
      sockets.inc();
      return () => sockets.dec();
    },
  };
}
