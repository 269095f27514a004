/** The process's worker threads and the queue before them: the one implementation of `Engine`. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { AttributionRequest, AttributionResult } from '../attribution/result.ts';
import type { CirculationRequest, CirculationStep } from '../circulation/event.ts';
import { TributaryError } from '../errors.ts';
import type { Engine, JobOptions, LoadState } from './engine.ts';
import { Gate } from './gate.ts';
import type { JobMessage, JobReport, Work } from './messages.ts';

export interface PoolSettings {
  /** Worker threads; each holds its own sessions of the models that it runs. */
  readonly workers: number;
  /** Threads that onnxruntime uses within one worker. */
  readonly threads: number;
  /** Jobs that may wait; one more is refused. */
  readonly queue: number;
}

interface Job extends JobOptions {
  readonly folder: string;
  readonly work: Work;
  readonly gate: Gate;
  readonly onStep?: (step: CirculationStep) => void;
  readonly resolve: (result: AttributionResult | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export class WorkerPool implements Engine {
  readonly #settings: PoolSettings;
  readonly #lanes: Lane[];
  readonly #waiting: Job[] = [];
  readonly #states = new Map<string, LoadState>();
  #closed = false;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#lanes = Array.from({ length: settings.workers }, () => new Lane(settings.threads, () => this.#dispatch()));
  }

  async attribute(
    folder: string,
    request: AttributionRequest,
    options: JobOptions & { readonly gate?: Gate } = {},
  ): Promise<AttributionResult> {
    const result = await this.#enqueue(folder, { kind: 'attribution', request }, options);
    if (!result) throw new Error('The worker ended an attribution without a result');
    return result;
  }

  /** @param options.gate holds the job before a block, to watch it from outside */
  async circulate(
    folder: string,
    request: CirculationRequest,
    options: JobOptions & { readonly onStep: (step: CirculationStep) => void; readonly gate?: Gate },
  ): Promise<void> {
    await this.#enqueue(folder, { kind: 'circulation', request }, options);
  }

  stateOf(folder: string): LoadState {
    return this.#states.get(folder) ?? { status: 'UNLOADED', progress: null, error: null };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0))
      job.reject(new TributaryError('CANCELLED', 'The server is shutting down'));
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #enqueue(
    folder: string,
    work: Work,
    options: JobOptions & { readonly onStep?: (step: CirculationStep) => void; readonly gate?: Gate },
  ): Promise<AttributionResult | undefined> {
    if (this.#closed) throw new TributaryError('CANCELLED', 'The server is shutting down');
    if (this.#waiting.length >= this.#settings.queue) {
      const { queue } = this.#settings;
      throw new TributaryError(
        'OVER_CAPACITY',
        `All workers are busy and ${queue} requests wait already, which is the limit; try again later`,
      );
    }
    return new Promise((resolve, reject) => {
      const gate = options.gate ?? new Gate();
      const { signal } = options;
      const cancel = () => {
        gate.cancel();
        // A job that nobody has taken ends at once; a running one at its next block.
        const index = this.#waiting.indexOf(job);
        if (index === -1) return;
        this.#waiting.splice(index, 1);
        reject(new TributaryError('CANCELLED', 'The run was cancelled'));
      };
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value) => {
          signal?.removeEventListener('abort', cancel);
          settle(value);
        };
      const job: Job = {
        ...options,
        folder,
        work,
        gate,
        onLoad: (progress) => {
          const ready = progress.loaded === progress.total;
          this.#states.set(folder, {
            status: ready ? 'READY' : 'LOADING',
            progress: ready ? null : progress,
            error: null,
          });
          options.onLoad?.(progress);
        },
        resolve: settled(resolve),
        reject: settled((error: unknown) => {
          const failed = error instanceof TributaryError && error.code === 'CHECKPOINT';
          if (failed) this.#states.set(folder, { status: 'FAILED', progress: null, error: error.message });
          reject(error);
        }),
      };
      this.#waiting.push(job);
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted) cancel();
      this.#dispatch();
    });
  }

  /** First come, first served; of the idle workers one that has the model already. */
  #dispatch(): void {
    for (let job = this.#waiting[0]; job; job = this.#waiting[0]) {
      const idle = this.#lanes.filter((lane) => lane.idle);
      const lane = idle.find(({ folders }) => folders.has(job?.folder ?? '')) ?? idle[0];
      if (!lane) return;
      this.#waiting.shift();
      lane.take(job);
    }
  }
}

/** One worker thread and the job it has. The thread is started for the first job, and anew after it died. */
class Lane {
  /** Models that the thread has opened. */
  readonly folders = new Set<string>();
  readonly #threads: number;
  readonly #onIdle: () => void;
  #worker: Worker | undefined;
  #job: Job | undefined;

  constructor(threads: number, onIdle: () => void) {
    this.#threads = threads;
    this.#onIdle = onIdle;
  }

  get idle(): boolean {
    return this.#job === undefined;
  }

  take(job: Job): void {
    this.#job = job;
    this.#worker ??= this.#start();
    this.folders.add(job.folder);
    job.onStart?.();
    // Only a thread that has a job keeps the process alive.
    this.#worker.ref();
    this.#worker.postMessage({ folder: job.folder, work: job.work, gate: job.gate.shared } satisfies JobMessage);
  }

  /** Lets the thread exit by itself: terminating it while a session runs aborts the whole process. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#job?.gate.cancel();
    worker.ref();
    const exited = once(worker, 'exit');
    worker.postMessage('close');
    await exited;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { threads: this.#threads } });
    worker.on('message', (report: JobReport) => this.#hear(report));
    worker.on('error', (error) => this.#died(error));
    worker.on('exit', () => this.#died(new Error('The worker thread ended while it had a job')));
    worker.unref();
    return worker;
  }

  #hear(report: JobReport): void {
    const job = this.#job;
    if (!job) return;
    if (report.type === 'load') job.onLoad?.(report.progress);
    else if (report.type === 'step') job.onStep?.(report.step);
    else {
      this.#job = undefined;
      this.#worker?.unref();
      if (report.type === 'done') job.resolve(report.result);
      else job.reject(errorOf(report.error));
      this.#onIdle();
    }
  }

  #died(error: Error): void {
    this.#worker = undefined;
    this.folders.clear();
    const job = this.#job;
    this.#job = undefined;
    job?.reject(error);
    this.#onIdle();
  }
}

function errorOf({ code, message, stack }: Extract<JobReport, { type: 'failed' }>['error']): Error {
  const error = code ? new TributaryError(code, message) : new Error(message);
  if (stack) error.stack = stack;
  return error;
}
