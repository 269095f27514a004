/** What models are asked to compute: how long that waits, and how long it takes. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { TributaryError } from '../../errors.ts';
import type { Observer } from '../observer.ts';
import { durations } from './operations.ts';

/** Seconds of one block. */
const blockDurations = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

export function jobMetrics(registry: Registry): Required<Pick<Observer, 'job'>> {
  const registers = [registry];
  const jobs = new Counter({
    name: 'tributary_jobs_total',
    help: 'Jobs that are over, by their kind, their model and how they ended: completed, cancelled, refused (the queue had no place, or the job was over a budget) or failed.',
    labelNames: ['kind', 'model', 'outcome'],
    registers,
  });
  const waited = new Histogram({
    name: 'tributary_job_wait_seconds',
    help: 'Time that a job waited for its turn.',
    labelNames: ['kind'],
    buckets: durations,
    registers,
  });
  const ran = new Histogram({
    name: 'tributary_job_run_seconds',
    help: 'Time that a job computed, without loading its model and without what it stood aside.',
    labelNames: ['kind'],
    buckets: durations,
    registers,
  });
  const loaded = new Histogram({
    name: 'tributary_job_load_seconds',
    help: 'Time that jobs took to open their model and to make what was not there of it yet, of those that took any.',
    labelNames: ['model'],
    buckets: durations,
    registers,
  });
  const blocks = new Histogram({
    name: 'tributary_block_seconds',
    help: 'Time that one block of a model took in a job, forward or back; of several passes their sum.',
    labelNames: ['model', 'direction'],
    buckets: blockDurations,
    registers,
  });
  const waiting = new Gauge({ name: 'tributary_jobs_waiting', help: 'Jobs that wait for their turn.', registers });
  const running = new Gauge({
    name: 'tributary_jobs_running',
    help: 'Jobs that have begun and are not over, those included that stand aside.',
    registers,
  });
  const refused = new Counter({
    name: 'tributary_jobs_refused_total',
    help: 'Jobs that never waited: the queue had no place for them, or they were over a budget.',
    registers,
  });
  return {
    job: ({ kind, model }) => {
      let state: 'asked' | 'waits' | 'runs' = 'asked';
      let since = 0;
      const leave = () => {
        if (state === 'waits') waiting.dec();
        if (state === 'runs') running.dec();
      };
      return {
        queued: () => {
          state = 'waits';
          since = performance.now();
          waiting.inc();
        },
        started: () => {
          leave();
          state = 'runs';
          running.inc();
          waited.observe({ kind }, (performance.now() - since) / 1000);
        },
        took: ({ load, run, blocks: { forward, back } }) => {
          ran.observe({ kind }, run);
          if (load > 0) loaded.observe({ model }, load);
          for (const seconds of forward) blocks.observe({ model, direction: 'forward' }, seconds);
          for (const seconds of back) blocks.observe({ model, direction: 'back' }, seconds);
        },
        end: (error) => {
          leave();
          const isRefused = state === 'asked' && isOf(error, 'OVER_CAPACITY');
          if (isRefused) refused.inc();
          const failed = isOf(error, 'CANCELLED') ? 'cancelled' : isRefused ? 'refused' : 'failed';
          jobs.inc({ kind, model, outcome: error === undefined ? 'completed' : failed });
        },
      };
    },
  };
}

function isOf(error: unknown, code: TributaryError['code']): boolean {
  return error instanceof TributaryError && error.code === code;
}
