/** A model in a process of its own, as the queue sees it: what it holds, the job that computes, and those that stand aside. */
import { hasChanged, type Snapshot } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import type { GateState } from '../inference/gate.ts';
import type { LoadProgress } from '../inference/loaded-model.ts';
import type { Weights } from '../onnx/weights.ts';
import { readsOf } from './capacity/estimator.ts';
import type { Footprint } from './capacity/memory.ts';
import type { Held } from './capacity/victims.ts';
import type { LoadState } from './engine.ts';
import type { Job } from './job.ts';
import type { Failure, Said, Took } from './messages.ts';
import { RunnerProcess } from './runner-process.ts';

/** Milliseconds that a cancelled job has to come to its next block; then its process is ended. */
const grace = 2000;

/** What happens in a runner by itself. */
export interface RunnerEvents {
  /** A job that was asked to has stood aside. */
  readonly onAside: (job: Job) => void;
  /** Its process has ended, by itself (`faulted`) or by `end`. */
  readonly onGone: (faulted: boolean) => void;
  /** `state` may be another one. */
  readonly onState: () => void;
}

/** Of a model that is being loaded, or is. */
type Loading = LoadProgress | 'READY';

export class Runner {
  readonly model: Snapshot;
  readonly #footprint: Footprint;
  readonly #process: RunnerProcess;
  readonly #events: RunnerEvents;
  /** Undefined until the first job. */
  #weights: Weights | undefined;
  /** Numbers of weights that its jobs have read through sessions that stay. */
  #read = 0;
  /** Sets of graphs that stay. */
  #graphSets: ReadonlySet<string> = new Set();
  #used = performance.now();
  #orders = 0;
  /** That computes. */
  #job: Job | undefined;
  /** All that it has. */
  readonly #jobs = new Set<Job>();
  #state: Loading | undefined;
  /** Before the job that computes. */
  #stateBefore: Loading | undefined;
  #ending = false;
  /** That came to no next block, for which the process is ended. */
  #stuck: Job | undefined;
  #stale = false;

  constructor(model: Snapshot, footprint: Footprint, threads: number, events: RunnerEvents) {
    this.model = model;
    this.#footprint = footprint;
    this.#events = events;
    this.#process = new RunnerProcess(threads);
    void this.#process.gone.then(() => {
      const faulted = !this.#ending;
      this.#ending = true;
      events.onGone(faulted);
    });
  }

  get jobs(): ReadonlySet<Job> {
    return this.#jobs;
  }

  /** Has it no job, not even one that stands aside? */
  get idle(): boolean {
    return this.#jobs.size === 0 && !this.#ending;
  }

  /** May a job of its model compute? */
  get free(): boolean {
    return !this.#job && !this.#ending;
  }

  /** Its process is about to be gone; until then it has its memory. */
  get ending(): boolean {
    return this.#ending;
  }

  get held(): Held {
    const passing = Array.from(this.#jobs, ({ plan }) => plan.kind.passing?.(plan.request) ?? []);
    const graphSets = new Set([...this.#graphSets, ...passing.flat()]);
    const weights = this.#weights ?? 'LEAN';
    return { folder: this.model.folder, footprint: this.#footprint, weights, graphSets, used: this.#used };
  }

  /** Undefined until it has a job. */
  get weights(): Weights | undefined {
    return this.#weights;
  }

  /** What the jobs that it was given read of weights, in passes through all blocks. */
  get passes(): number {
    return this.#read / this.#footprint.numbers;
  }

  /** Bytes that its jobs keep beside weights. */
  get activations(): number {
    return Array.from(this.#jobs, ({ plan }) => plan.demand.activations).reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Undefined while nothing of the model is loaded. */
  get state(): LoadState | undefined {
    if (this.#ending) return undefined;
    const cancelled = this.#job?.gate.state.cancelled && this.#state !== 'READY';
    return stateOf(cancelled ? this.#stateBefore : this.#state, this.#weights ?? null);
  }

  /**
   * Runs the job and answers it.
   * @param weights others than it has only while it has no job
   * @returns undefined where it did not come to its end; 'again' where it was ended with the process for another's sake, and
   *   is to be begun anew
   */
  async take(job: Job, weights: Weights): Promise<Took | 'again' | undefined> {
    const { kind, request, graphSets } = job.plan;
    job.terms = { held: this.held, weights };
    if (this.#weights !== weights) {
      this.#weights = weights;
      this.#graphSets = new Set();
      this.#state = undefined;
    }
    this.#read += readsOf(job.plan);
    this.#stateBefore = this.#state;
    this.#job = job;
    this.#jobs.add(job);
    this.#used = performance.now();
    this.#events.onState();
    const passing = new Set(kind.passing?.(request));
    this.#graphSets = new Set([...this.#graphSets, ...graphSets.filter((name) => !passing.has(name))]);
    const number = this.#orders++;
    let steps = 0;
    let impatience: NodeJS.Timeout | undefined;
    const unfollow = job.gate.follow((state: GateState) => {
      this.#process.tell({ order: number, type: 'gate', state });
      // One that stands aside is at its block already.
      if (!state.cancelled || this.#job !== job) return;
      impatience ??= setTimeout(() => this.#giveUp(job), grace).unref();
      this.#events.onState();
    });
    const hear = (said: Said) => {
      // One that was begun anew tells the same again.
      if (said.type === 'step' && ++steps > job.told) tellStep(job, said.step);
      else if (said.type === 'load') this.#loads(said.progress);
      else if (said.type === 'aside') this.#stoodAside(job);
    };
    try {
      if (!job.begun) {
        job.begun = true;
        job.onStart();
      }
      const work = { kind: kind.name, request };
      const order = { order: number, type: 'job', model: this.model, weights, work, gate: job.gate.state } as const;
      const report = await this.#process.order(order, hear).catch((error) => {
        throw this.#stale ? hasChanged(this.model.folder) : error;
      });
      if (report.type === 'failed') {
        // What it has loaded of other files must not be taken for the model, should the first be put back.
        if (report.stale) {
          this.#stale = true;
          void this.end();
        }
        throw errorOf(report.error);
      }
      if (report.type !== 'done') throw new Error(`A job ended with ${report.type}`);
      // Nothing is told of loading where all was there, be it from a job that was cancelled.
      if (kind.graphs(request).length > 0) this.#state = 'READY';
      job.onTook(report.took);
      job.answer.resolve(report.result);
      return report.took;
    } catch (error) {
      if (this.#stuck && this.#stuck !== job && !job.gate.state.cancelled) return 'again';
      job.answer.reject(error);
      return undefined;
    } finally {
      unfollow();
      clearTimeout(impatience);
      this.#jobs.delete(job);
      if (this.#job === job) {
        this.#job = undefined;
        if (this.#state !== 'READY') this.#state = this.#stateBefore;
        this.#events.onState();
      }
    }
  }

  /** A job that stood aside computes again. */
  goOn(job: Job): void {
    this.#job = job;
    this.#used = performance.now();
    job.gate.goOn();
  }

  /** Ends its process, and with it the jobs that it has. Settles when all of its memory is free. */
  end(): Promise<void> {
    this.#ending = true;
    this.#events.onState();
    return this.#process.end();
  }

  #loads(progress: LoadProgress): void {
    this.#state = progress.loaded === progress.total ? 'READY' : progress;
    this.#events.onState();
  }

  #stoodAside(job: Job): void {
    this.#job = undefined;
    this.#events.onAside(job);
  }

  #giveUp(job: Job): void {
    this.#stuck = job;
    void this.end();
  }
}

function tellStep(job: Job, step: unknown): void {
  // Whoever has been told that the job is cancelled hears no more of it.
  if (job.gate.state.cancelled) return;
  job.told++;
  job.onStep(step);
}

function errorOf({ code, message, stack, cause }: Failure): Error {
  const options = cause && { cause };
  const error = code ? new TributaryError(code, message, {}, options) : new Error(message, options);
  if (stack) error.stack = stack;
  return error;
}

function stateOf(state: Loading | undefined, weights: Weights | null): LoadState | undefined {
  if (state === undefined) return undefined;
  if (state === 'READY') return { status: 'READY', progress: null, error: null, weights };
  return { status: 'LOADING', progress: state, error: null, weights: null };
}
