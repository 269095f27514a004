/** The process's worker threads and the queue before them: the one implementation of `Engine`. */
import { Worker } from 'node:worker_threads';
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import type { AttributionRequest, AttributionResult } from '../explain/attribution/result.ts';
import type { CircuitsRequest, CircuitsResult } from '../explain/circuits/result.ts';
import type { CirculationRequest, CirculationStep } from '../explain/circulation/event.ts';
import type { PredictionRequest, PredictionResult } from '../explain/prediction.ts';
import { nothing } from '../inference/cost.ts';
import { Gate } from '../inference/gate.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { calibrated } from './capacity/calibration.ts';
import type { Estimate } from './capacity/estimate.ts';
import { Estimator, type Plan } from './capacity/estimator.ts';
import { graphSetsOf } from './capacity/memory.ts';
import type { Engine, JobOptions, LoadProgress, LoadState } from './engine.ts';
import type { JobMessage, JobReport, ReleaseMessage, Took, Work, WorkResult } from './messages.ts';
import { type Held, victimsOf } from './victims.ts';

export interface PoolSettings {
  /** Worker threads; each holds its own sessions of the models that it runs. */
  readonly workers: number;
  /** Threads that onnxruntime uses within one worker. */
  readonly threads: number;
  /** Jobs that may wait; one more is refused. */
  readonly queue: number;
  /** Bytes that the loaded models of all workers and what running jobs keep may take together; absent: all there are. */
  readonly memory?: number;
  /** Seconds that a job may take; one that would take longer is refused. Absent: any. */
  readonly time?: number;
}

interface Job extends JobOptions {
  readonly model: Snapshot;
  readonly work: Work;
  readonly plan: Plan;
  readonly gate: Gate;
  readonly onStep?: (step: CirculationStep) => void;
  /** @param held sets of graphs of its model that were loaded before it began */
  readonly onDone: (took: Took, held: ReadonlySet<string>) => void;
  readonly resolve: (result: WorkResult) => void;
  readonly reject: (error: unknown) => void;
}

export class WorkerPool implements Engine {
  readonly #settings: PoolSettings;
  readonly #lanes: Lane[];
  readonly #waiting: Job[] = [];
  /** Why models could not be loaded at the last attempt, by folder. */
  readonly #failures = new Map<string, { readonly fingerprint: string; readonly message: string }>();
  readonly #memory: number;
  readonly #estimator: Estimator;
  #closed = false;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    const { threads, memory = Number.POSITIVE_INFINITY, time = Number.POSITIVE_INFINITY } = settings;
    this.#memory = memory;
    this.#estimator = new Estimator({ threads, memory, time });
    this.#lanes = Array.from({ length: settings.workers }, () => new Lane(settings.threads, () => this.#dispatch()));
  }

  async attribute(
    model: Snapshot,
    request: AttributionRequest,
    options: JobOptions & { readonly gate?: Gate } = {},
  ): Promise<readonly AttributionResult[]> {
    const result = await this.#enqueue(model, { kind: 'attribution', request }, options);
    if (!result) throw new Error('The worker ended an attribution without a result');
    return result as readonly AttributionResult[];
  }

  /** @param options.gate holds the job before a block, to watch it from outside */
  async circulate(
    model: Snapshot,
    request: CirculationRequest,
    options: JobOptions & { readonly onStep: (step: CirculationStep) => void; readonly gate?: Gate },
  ): Promise<void> {
    await this.#enqueue(model, { kind: 'circulation', request }, options);
  }

  async circuits(model: Snapshot, request: CircuitsRequest, options: JobOptions = {}): Promise<CircuitsResult> {
    const result = await this.#enqueue(model, { kind: 'circuits', request }, options);
    if (!result) throw new Error('The worker ended a look at circuits without a result');
    return result as CircuitsResult;
  }

  async predict(model: Snapshot, request: PredictionRequest, options: JobOptions = {}): Promise<PredictionResult> {
    const result = await this.#enqueue(model, { kind: 'prediction', request }, options);
    if (!result) throw new Error('The worker ended a prediction without a result');
    return result as PredictionResult;
  }

  stateOf(model: Snapshot): LoadState {
    const progress = this.#lanes.map((lane) => lane.loading(model)).find((loading) => loading !== undefined);
    if (progress) return { status: 'LOADING', progress, error: null };
    const failure = this.#failures.get(model.folder);
    if (failure?.fingerprint === model.fingerprint) return { status: 'FAILED', progress: null, error: failure.message };
    const ready = this.#lanes.some((lane) => lane.find(model)?.ready);
    return { status: ready ? 'READY' : 'UNLOADED', progress: null, error: null };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.reject(shuttingDown());
    await Promise.all([...this.#lanes.map((lane) => lane.close()), calibrated()]);
  }

  async estimate(model: Snapshot, work: Work): Promise<Estimate> {
    const plan = await this.#estimator.plan(model, work);
    // A measurement that begins now would be under way when the process exits.
    if (this.#closed) throw shuttingDown();
    return this.#estimator.estimate(plan, this.#heldOf(model));
  }

  async #enqueue(
    model: Snapshot,
    work: Work,
    options: JobOptions & { readonly onStep?: (step: CirculationStep) => void; readonly gate?: Gate },
  ): Promise<WorkResult> {
    const plan = await this.#planned(model, work);
    await this.#admit(plan, options.signal);
    if (this.#closed) throw shuttingDown();
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
        reject(cancelled());
        // Those behind it may have room where it had none.
        this.#dispatch();
      };
      const settled =
        <Value>(settle: (value: Value) => void) =>
        (value: Value) => {
          signal?.removeEventListener('abort', cancel);
          settle(value);
        };
      const job: Job = {
        ...options,
        model,
        work,
        plan,
        gate,
        onDone: (took, held) => this.#estimator.observe(plan, held, took),
        resolve: settled(resolve),
        reject: settled((error: unknown) => {
          const { folder, fingerprint } = model;
          if (error instanceof TributaryError && error.code === 'CHECKPOINT')
            this.#failures.set(folder, { fingerprint, message: error.message });
          reject(error);
        }),
      };
      this.#waiting.push(job);
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted) cancel();
      this.#dispatch();
    });
  }

  /** What cannot be read is planned to take nothing, and is refused by the worker that tries. */
  async #planned(model: Snapshot, work: Work): Promise<Plan> {
    try {
      return await this.#estimator.plan(model, work);
    } catch (error) {
      if (error instanceof TributaryError)
        return { model, work, footprint: { ends: 0, blocks: 0 }, demand: nothingKept };
      throw error;
    }
  }

  /** @throws TributaryError OVER_CAPACITY, or CANCELLED at once though the machine is being measured */
  async #admit(plan: Plan, signal: AbortSignal | undefined): Promise<void> {
    if (this.#closed) throw shuttingDown();
    if (signal?.aborted) throw cancelled();
    try {
      await unlessAborted(this.#estimator.admit(plan, this.#heldOf(plan.model)), signal);
    } catch (error) {
      throw signal?.aborted ? cancelled() : error;
    }
  }

  /** Sets of graphs of a model in the worker that would be given a job of it. */
  #heldOf(model: Snapshot): ReadonlySet<string> {
    return this.#lanes.map((lane) => lane.find(model)?.graphSets).find((sets) => sets !== undefined) ?? new Set();
  }

  /** First come, first served; of the idle workers one that has the model already. */
  #dispatch(): void {
    for (let job = this.#waiting[0]; job; job = this.#waiting[0]) {
      const { model } = job;
      const idle = this.#lanes.filter((lane) => lane.idle);
      const lane = idle.find((one) => one.find(model)) ?? idle[0];
      if (!lane || !this.#makeRoom(lane, job)) return;
      this.#waiting.shift();
      this.#failures.delete(model.folder);
      lane.take(job);
    }
  }

  /** Whether there is memory for the job; if not, lets idle workers release what was longest unused and are done later. */
  #makeRoom(lane: Lane, job: Job): boolean {
    if (this.#lanes.some(({ releasing }) => releasing)) return false;
    const all = this.#lanes.flatMap((owner) =>
      Array.from(owner.held.values(), (model) => ({ ...model, owner, free: owner.idle })),
    );
    const { folder, fingerprint } = job.model;
    const own = all.find(
      (model) => model.owner === lane && model.folder === folder && model.fingerprint === fingerprint,
    );
    const { footprint, demand } = job.plan;
    const kept = this.#lanes.reduce((sum, lane) => sum + lane.activations, demand.activations);
    const victims = victimsOf(all, own, { graphSets: graphSetsOf(job.work), footprint }, this.#memory - kept);
    if (victims?.length === 0) return true;
    for (const owner of new Set(victims?.map((victim) => victim.owner))) {
      const folders = (victims ?? []).filter((victim) => victim.owner === owner).map(({ folder }) => folder);
      owner.release(folders);
    }
    return false;
  }
}

function cancelled(): TributaryError {
  return new TributaryError('CANCELLED', 'The run was cancelled');
}

function shuttingDown(): TributaryError {
  return new TributaryError('CANCELLED', 'The server is shutting down');
}

const nothingKept = { cost: nothing, activations: 0 };

/** A model that a thread has begun to load. */
interface InThread extends Held, Snapshot {
  /** Whether a job had all graphs that it needs of it. */
  readonly ready: boolean;
}

/** One worker thread and the job it has. The thread is started for the first job, and anew after it died. */
class Lane {
  /** Models that the thread has loaded, by folder. */
  readonly held = new Map<string, InThread>();
  readonly #threads: number;
  readonly #onIdle: () => void;
  #worker: Worker | undefined;
  #job: Job | undefined;
  /** Of the job's model. */
  #heldBefore: ReadonlySet<string> = new Set();
  /** While graphs of the job's model load. */
  #progress: LoadProgress | undefined;
  /** Until the job has ended, or what is released is free. */
  #busy: PromiseWithResolvers<void> | undefined;

  constructor(threads: number, onIdle: () => void) {
    this.#threads = threads;
    this.#onIdle = onIdle;
  }

  get releasing(): boolean {
    return this.#busy !== undefined && this.#job === undefined;
  }

  /** Bytes that its job keeps beside weights. */
  get activations(): number {
    return this.#job?.plan.demand.activations ?? 0;
  }

  get idle(): boolean {
    return this.#busy === undefined;
  }

  /** What the thread has of a model. */
  find({ folder, fingerprint }: Snapshot): InThread | undefined {
    const model = this.held.get(folder);
    return model?.fingerprint === fingerprint ? model : undefined;
  }

  /** How far the job is that loads this model; undefined when none does. */
  loading({ folder, fingerprint }: Snapshot): LoadProgress | undefined {
    const model = this.#job?.model;
    return model?.folder === folder && model.fingerprint === fingerprint ? this.#progress : undefined;
  }

  take(job: Job): void {
    this.#job = job;
    const { work, gate, plan } = job;
    const model = { folder: job.model.folder, fingerprint: job.model.fingerprint };
    // Of other files the thread gives back what it has.
    const before = this.find(model);
    this.#heldBefore = before?.graphSets ?? new Set();
    const graphSets = new Set([...this.#heldBefore, ...graphSetsOf(work)]);
    const { footprint } = plan;
    const ready = before?.ready ?? false;
    this.held.set(model.folder, { ...model, footprint, graphSets, used: performance.now(), ready });
    const worker = this.#occupied();
    job.onStart?.();
    worker.postMessage({ model, work, gate: gate.shared } satisfies JobMessage);
  }

  /** It is idle again when their memory is free. */
  release(folders: readonly string[]): void {
    for (const folder of folders) this.held.delete(folder);
    this.#occupied().postMessage({ release: folders } satisfies ReleaseMessage);
  }

  /**
   * Ends the job before its next block, and lets the thread exit by itself: terminating it while a session runs aborts
   * the whole process.
   */
  async close(): Promise<void> {
    this.#job?.gate.cancel();
    // A thread that closes has no job: its answer would be lost.
    await this.#busy?.promise;
    const worker = this.#worker;
    if (!worker) return;
    worker.ref();
    const exited = Promise.withResolvers<void>();
    worker.once('exit', exited.resolve);
    worker.postMessage('close');
    await exited.promise;
  }

  /** The thread, which keeps the process alive only while it is. */
  #occupied(): Worker {
    this.#busy = Promise.withResolvers();
    this.#worker ??= this.#start();
    this.#worker.ref();
    return this.#worker;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { threads: this.#threads } });
    worker.on('message', (report: JobReport | 'released') => {
      if (report === 'released') this.#ended();
      else this.#hear(report);
    });
    // After an error comes an exit, when another thread may have the next job already.
    const died = (error: Error) => this.#worker === worker && this.#died(error);
    worker.on('error', died);
    worker.on('exit', () => died(new Error('The worker thread ended while it had a job')));
    return worker;
  }

  #hear(report: JobReport): void {
    const job = this.#job;
    if (!job) return;
    if (report.type === 'load') this.#loaded(job, report.progress);
    else if (report.type === 'step') job.onStep?.(report.step);
    else {
      if (report.type === 'done') {
        job.onDone(report.took, this.#heldBefore);
        job.resolve(report.result);
      } else {
        if (!report.held) this.held.delete(job.model.folder);
        job.reject(errorOf(report.error));
      }
      this.#ended();
    }
  }

  #loaded(job: Job, progress: LoadProgress): void {
    const ready = progress.loaded === progress.total;
    this.#progress = ready ? undefined : progress;
    const model = this.find(job.model);
    if (model && ready) this.held.set(model.folder, { ...model, ready });
    job.onLoad?.(progress);
  }

  #ended(): void {
    if (this.#job) this.#forgetPassing(this.#job);
    this.#job = undefined;
    this.#progress = undefined;
    this.#busy?.resolve();
    this.#busy = undefined;
    this.#worker?.unref();
    this.#onIdle();
  }

  /** Graphs that are released as soon as they have run: with the job their memory is free. */
  #forgetPassing({ model: { folder }, work }: Job): void {
    const model = this.held.get(folder);
    if (!model || work.kind !== 'circuits') return;
    const graphSets = new Set(model.graphSets).difference(new Set(graphSetsOf(work)));
    if (graphSets.size > 0) this.held.set(folder, { ...model, graphSets });
    else this.held.delete(folder);
  }

  #died(error: Error): void {
    this.#worker = undefined;
    this.held.clear();
    this.#job?.reject(error);
    this.#ended();
  }
}

function errorOf({ code, message, stack }: Extract<JobReport, { type: 'failed' }>['error']): Error {
  const error = code ? new TributaryError(code, message) : new Error(message);
  if (stack) error.stack = stack;
  return error;
}
