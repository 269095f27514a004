/** Jobs that wait, and the runners that take them: the one implementation of `Engine`. */
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import { nothing } from '../inference/cost.ts';
import { Gate } from '../inference/gate.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { Estimate } from './capacity/estimate.ts';
import { Estimator, type Plan } from './capacity/estimator.ts';
import { victimsOf } from './capacity/victims.ts';
import type { Engine, JobOptions, LoadState } from './engine.ts';
import type { Job } from './job.ts';
import type { JobKind } from './kinds/kind.ts';
import { Runner } from './runner.ts';

export interface QueueSettings {
  /** Jobs that run at once, each in a process of its own. */
  readonly workers: number;
  /** Threads that onnxruntime uses within one of them. */
  readonly threads: number;
  /** Jobs that may wait; one more is refused. */
  readonly queue: number;
  /** Bytes that all loaded models and what running jobs keep may take together; absent: all there are. */
  readonly memory?: number;
  /** Seconds that a job may take; one that would take longer is refused. Absent: any. */
  readonly time?: number;
}

/** Processes that stay with their models though they have nothing to do, however small the models are. */
const mostIdle = 8;

export class JobQueue implements Engine {
  readonly #settings: QueueSettings;
  readonly #memory: number;
  readonly #estimator: Estimator;
  readonly #waiting: Job[] = [];
  /** Until their processes are gone, and their memory is free. */
  readonly #runners = new Set<Runner>();
  /** Why models could not be loaded, by folder. */
  readonly #faults = new Map<string, string>();
  #closed = false;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
    const { threads, memory = Number.POSITIVE_INFINITY, time = Number.POSITIVE_INFINITY } = settings;
    this.#memory = memory;
    this.#estimator = new Estimator({ threads, memory, time });
  }

  async run<Request, Result, Step>(
    kind: JobKind<Request, Result, Step>,
    { folder, fingerprint }: Snapshot,
    request: Request,
    options: JobOptions<Step> = {},
  ): Promise<Result> {
    const model = { folder, fingerprint };
    const { signal, gate = new Gate() } = options;
    const plan = await this.#planned(kind as JobKind<Request>, model, request);
    await this.#admit(plan, signal);
    if (this.#closed) throw shuttingDown();
    if (this.#waiting.length >= this.#settings.queue) {
      const { queue } = this.#settings;
      throw new TributaryError(
        'OVER_CAPACITY',
        `All workers are busy and ${queue} requests wait already, which is the limit; try again later`,
      );
    }
    const answer = Promise.withResolvers<unknown>();
    const onStep = (step: unknown) => options.onStep?.(step as Step);
    const job: Job = { plan, gate, answer, onStart: () => options.onStart?.(), onStep };
    const cancel = () => this.#cancel(job);
    signal?.addEventListener('abort', cancel);
    this.#waiting.push(job);
    if (signal?.aborted) cancel();
    this.#dispatch();
    try {
      return (await answer.promise) as Result;
    } catch (error) {
      const broken = error instanceof TributaryError && error.code === 'CHECKPOINT';
      if (broken) this.#faults.set(keyOf(model), error.message);
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async estimate<Request>(kind: JobKind<Request>, model: Snapshot, request: Request): Promise<Estimate> {
    const plan = await this.#estimator.plan(kind, model, request);
    if (this.#closed) throw shuttingDown();
    return this.#estimator.estimate(plan, this.#heldOf(model));
  }

  stateOf(model: Snapshot): LoadState {
    const states = Array.from(this.#runners, (runner) => (isOf(runner, model) ? runner.state : undefined));
    const ready = states.find((state) => state?.status === 'READY');
    const error = this.#faults.get(keyOf(model)) ?? null;
    return ready ?? states.find(Boolean) ?? { status: error === null ? 'UNLOADED' : 'FAILED', progress: null, error };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { answer } of this.#waiting.splice(0)) answer.reject(shuttingDown());
    const ended = Array.from(this.#runners, (runner) => {
      runner.job?.answer.reject(shuttingDown());
      runner.job?.gate.cancel();
      return runner.end();
    });
    await Promise.all(ended);
  }

  /** What cannot be read is planned to take nothing, and is refused by the runner that tries. */
  async #planned<Request>(kind: JobKind<Request>, model: Snapshot, request: Request): Promise<Plan> {
    try {
      return await this.#estimator.plan(kind, model, request);
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error;
      const footprint = { ends: 0, blocks: 0 };
      const demand = { cost: nothing, activations: 0 };
      return { kind: kind as JobKind, model, request, footprint, graphSets: [], demand };
    }
  }

  /** @throws TributaryError OVER_CAPACITY, or CANCELLED at once though the machine is being measured */
  async #admit(plan: Plan, signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) throw shuttingDown();
    if (signal?.aborted) throw cancelled();
    try {
      await unlessAborted(this.#estimator.admit(plan, this.#heldOf(plan.model)), signal);
    } catch (error) {
      throw signal?.aborted ? cancelled() : this.#closed ? shuttingDown() : error;
    }
  }

  /** Whoever waits has the answer at once; the runner is given a moment to come to its next block. */
  #cancel(job: Job): void {
    job.gate.cancel();
    job.answer.reject(cancelled());
    const index = this.#waiting.indexOf(job);
    if (index !== -1) this.#waiting.splice(index, 1);
    this.#dispatch();
  }

  /** Sets of graphs of a model in the runner that would be given a job of it. */
  #heldOf(model: Snapshot): ReadonlySet<string> {
    const runner = [...this.#runners].find((one) => isOf(one, model) && !one.ending);
    return runner?.held.graphSets ?? new Set();
  }

  /** First come, first served; a job goes to a runner that has its model, or to a new one. */
  #dispatch(): void {
    for (let job = this.#waiting[0]; job && !this.#closed; job = this.#waiting[0]) {
      const busy = [...this.#runners].filter(({ idle }) => !idle).length;
      if (busy >= this.#settings.workers) return;
      const runner = this.#runnerFor(job);
      if (runner === 'none yet') return;
      this.#waiting.shift();
      this.#faults.delete(keyOf(job.plan.model));
      void this.#perform(runner, job);
    }
  }

  async #perform(runner: Runner, job: Job): Promise<void> {
    const taken = await runner.take(job);
    if (taken) this.#estimator.observe(job.plan, taken.heldBefore, taken);
    this.#dispatch();
  }

  /** A runner for the job, with room for it; lets idle ones end where that makes room, and is asked again then. */
  #runnerFor(job: Job): Runner | 'none yet' {
    // Who has to leave for the job is told when it is known how much memory that is.
    if ([...this.#runners].some(({ ending }) => ending)) return 'none yet';
    const { model, footprint, graphSets, demand } = job.plan;
    const idle = [...this.#runners].filter((runner) => runner.idle);
    // Files that were replaced.
    const stale = idle.filter((runner) => runner.model.folder === model.folder && !isOf(runner, model));
    const own = idle.find((runner) => isOf(runner, model));
    const kept = Array.from(this.#runners, ({ activations }) => activations).reduce((sum, bytes) => sum + bytes, 0);
    const all = Array.from(this.#runners, (runner) => ({ ...runner.held, runner, free: runner.idle }));
    const mine = all.find(({ runner }) => runner === own);
    const budget = this.#memory - kept - demand.activations;
    const victims = victimsOf(all, mine, { footprint, graphSets }, budget);
    if (victims === undefined) return 'none yet';
    const crowd = own ? [] : idle.toSorted((a, b) => a.held.used - b.held.used).slice(0, idle.length + 1 - mostIdle);
    const leaving = new Set([...victims.map(({ runner }) => runner), ...stale, ...crowd]);
    if (leaving.size > 0) {
      for (const runner of leaving) void runner.end();
      return 'none yet';
    }
    if (own) return own;
    const started = new Runner(model, footprint, this.#settings.threads, () => {
      this.#runners.delete(started);
      this.#dispatch();
    });
    this.#runners.add(started);
    return started;
  }
}

function keyOf({ folder, fingerprint }: Snapshot): string {
  return `${folder}\n${fingerprint}`;
}

function isOf(runner: Runner, { folder, fingerprint }: Snapshot): boolean {
  return runner.model.folder === folder && runner.model.fingerprint === fingerprint;
}

function cancelled(): TributaryError {
  return new TributaryError('CANCELLED', 'The run was cancelled');
}

function shuttingDown(): TributaryError {
  return new TributaryError('CANCELLED', 'The server is shutting down');
}
