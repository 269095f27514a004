/** The engine of a process that computes. */
import type { Logger } from 'pino';
import { JobQueue } from '../jobs/queue.ts';
import type { Shares } from '../jobs/shares.ts';
import type { Settings } from '../settings.ts';

/** @param queue jobs that may wait in it */
export function openEngine(settings: Settings, log: Logger, shares: Shares, queue = settings.maxQueue): JobQueue {
  return new JobQueue({
    workers: settings.workers,
    weights: settings.weights,
    threads: settings.threads,
    queue,
    memory: settings.maxModelMemory,
    time: settings.maxRunTime,
    limitsOf: shares.of,
    onDone: ({ folder }, took) => log.debug({ model: folder, ...took }, 'a job is done'),
  });
}
