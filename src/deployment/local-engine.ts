/** The engine of a process that computes. */
import type { Logger } from 'pino';
import { JobQueue } from '../jobs/queue.ts';
import type { Settings } from '../settings.ts';

/** @param queue jobs that may wait in it */
export function openEngine(settings: Settings, log: Logger, queue = settings.maxQueue): JobQueue {
  return new JobQueue({
    workers: settings.workers,
    weights: settings.weights,
    threads: settings.threads,
    queue,
    memory: settings.maxModelMemory,
    time: settings.maxRunTime,
    onDone: ({ folder }, took) => log.debug({ model: folder, ...took }, 'a job is done'),
  });
}
