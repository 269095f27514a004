/** A model in a process of its own, as the queue sees it: what it holds, and the job that it has. */
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import type { GateState } from '../inference/gate.ts';
import type { Footprint } from './capacity/memory.ts';
import type { Held } from './capacity/victims.ts';
import type { LoadState } from './engine.ts';
import type { Job } from './job.ts';
import type { Failure, Report, Took } from './messages.ts';
import { RunnerProcess } from './runner-process.ts';

/** Milliseconds that a cancelled job has to come to its next block; then its process is ended. */
const grace = 2000;

const ready: LoadState = { status: 'READY', progress: null, error: null };

/** What a job took, and the sets of graphs that were loaded before it began. */
export interface Taken extends Took {
  readonly heldBefore: ReadonlySet<string>;
}

export class Runner {
  readonly model: Snapshot;
  readonly #footprint: Footprint;
  readonly #process: RunnerProcess;
  #graphSets: ReadonlySet<string> = new Set();
  #used = performance.now();
  #job: Job | undefined;
  #state: LoadState | undefined;
  /** Before its job. */
  #stateBefore: LoadState | undefined;
  #ending = false;

  /** @param onGone called when its process has ended, by itself or by `end` */
  constructor(model: Snapshot, footprint: Footprint, threads: number, onGone: () => void) {
    this.model = model;
    this.#footprint = footprint;
    this.#process = new RunnerProcess(threads);
    void this.#process.gone.then(() => {
      this.#ending = true;
      onGone();
    });
  }

  get job(): Job | undefined {
    return this.#job;
  }

  get idle(): boolean {
    return !this.#job && !this.#ending;
  }

  /** Its process is about to be gone; until then it has its memory. */
  get ending(): boolean {
    return this.#ending;
  }

  get held(): Held {
    return { folder: this.model.folder, footprint: this.#footprint, graphSets: this.#graphSets, used: this.#used };
  }

  /** Bytes that its job keeps beside weights. */
  get activations(): number {
    return this.#job?.plan.demand.activations ?? 0;
  }

  /** Undefined while nothing of the model is loaded. */
  get state(): LoadState | undefined {
    if (this.#ending) return undefined;
    const cancelled = this.#job?.gate.state.cancelled && this.#state?.status === 'LOADING';
    return cancelled ? this.#stateBefore : this.#state;
  }

  /** Runs the job and answers it. @returns undefined where it did not come to its end */
  async take(job: Job): Promise<Taken | undefined> {
    const { kind, request, graphSets } = job.plan;
    const heldBefore = this.#graphSets;
    this.#stateBefore = this.#state;
    this.#job = job;
    this.#used = performance.now();
    this.#graphSets = new Set([...heldBefore, ...graphSets]);
    let impatience: NodeJS.Timeout | undefined;
    const unfollow = job.gate.follow((state: GateState) => {
      this.#process.tell({ type: 'gate', state });
      if (state.cancelled) impatience ??= setTimeout(() => this.end(), grace).unref();
    });
    try {
      job.onStart();
      const work = { kind: kind.name, request };
      const order = { type: 'job', model: this.model, work, gate: job.gate.state } as const;
      const report = await this.#process.order(order, (report) => this.#hear(job, report));
      if (report.type === 'failed') {
        // What it has loaded of other files must not be taken for the model, should the first be put back.
        if (report.stale) void this.end();
        throw errorOf(report.error);
      }
      if (report.type !== 'done') throw new Error(`A job ended with ${report.type}`);
      // Nothing is told of loading where all was there, be it from a job that was cancelled.
      if (kind.graphs(request).length > 0) this.#state = ready;
      job.answer.resolve(report.result);
      return { ...report.took, heldBefore };
    } catch (error) {
      job.answer.reject(error);
      return undefined;
    } finally {
      unfollow();
      clearTimeout(impatience);
      this.#job = undefined;
      if (this.#state?.status === 'LOADING') this.#state = this.#stateBefore;
      this.#graphSets = this.#graphSets.difference(new Set(kind.passing?.(request)));
    }
  }

  /** Ends its process, and with it the job that it has. Settles when all of its memory is free. */
  end(): Promise<void> {
    this.#ending = true;
    return this.#process.end();
  }

  #hear(job: Job, report: Extract<Report, { readonly type: 'load' | 'step' }>): void {
    if (report.type === 'load') this.#state = loadState(report.progress);
    // Whoever has been told that the job is cancelled hears no more of it.
    else if (!job.gate.state.cancelled) job.onStep(report.step);
  }
}

function errorOf({ code, message, stack, cause }: Failure): Error {
  const options = cause && { cause };
  const error = code ? new TributaryError(code, message, {}, options) : new Error(message, options);
  if (stack) error.stack = stack;
  return error;
}

function loadState(progress: NonNullable<LoadState['progress']>): LoadState {
  return progress.loaded === progress.total ? ready : { status: 'LOADING', progress, error: null };
}
