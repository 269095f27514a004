/** Jobs that are admitted and wait for their turn: the one implementation of `Engine`. */
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import { Gate } from '../inference/gate.ts';
import { Signal } from '../signal.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { Admission } from './capacity/admission.ts';
import { measuredSpeed } from './capacity/calibration.ts';
import { timeIn } from './capacity/estimate.ts';
import { Estimator, type Plan } from './capacity/estimator.ts';
import type { WeightsSetting } from './capacity/packing.ts';
import type { Engine, Expectation, Holdings, JobOptions, LoadState, Place } from './engine.ts';
import type { Job } from './job.ts';
import type { JobKind } from './kinds/kind.ts';
import type { Took } from './messages.ts';
import type { Load, Loaded } from './own-worker.ts';
import { type Room, Runners } from './runners.ts';
import type { JobCounts, JobLimitsOf } from './shares.ts';
import { givingWay } from './turns/giving-way.ts';
import { Places } from './turns/places.ts';
import { Turns } from './turns/turns.ts';

export interface QueueSettings {
  /** Jobs that run at once, each in a process of its own. */
  readonly workers: number;
  /** Threads that onnxruntime uses within one of them. */
  readonly threads: number;
  /** Jobs that may wait; one more is refused. Of a client, twice as many as there are places left. */
  readonly queue: number;
  /** Bytes that all loaded models and what running jobs keep may take together; absent: all there are. */
  readonly memory?: number;
  /** How models have their weights; absent: as it pays. */
  readonly weights?: WeightsSetting;
  /** Seconds that a job may take; one that would take longer is refused. Absent: any. */
  readonly time?: number;
  /** How many jobs of a share may compute, and wait; absent: any number. */
  readonly limitsOf?: JobLimitsOf;
  /** Told of each job that has come to its end. */
  readonly onDone?: (model: Snapshot, took: Took) => void;
}

/** Milliseconds that a timer can take. */
const longestTimer = 2 ** 31 - 1;

export class JobQueue implements Engine, Loaded {
  readonly loads = new Signal();
  readonly #settings: QueueSettings;
  readonly #runners: Runners;
  readonly #estimator: Estimator;
  readonly #admission: Admission;
  readonly #turns: Turns<Job>;
  readonly #places: Places<Job>;
  /** Until the turn of a job comes before that of one that computes. */
  #turning: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
    this.#turns = new Turns<Job>(
      ({ plan, terms }) => this.#estimator.secondsOf(plan, terms ?? this.#runners.termsOf(plan)),
      undefined,
      settings.limitsOf,
    );
    this.#places = new Places(this.#turns, settings);
    const { threads, weights = 'auto' } = settings;
    const { memory = Number.POSITIVE_INFINITY, time = Number.POSITIVE_INFINITY } = settings;
    const onAside = (job: Job) => this.#stoodAside(job);
    this.#runners = new Runners({ threads, memory, weights }, { onAside, onGone: () => this.#dispatch() });
    this.#estimator = new Estimator({ threads, memory, time });
    this.#admission = new Admission(this.#estimator, (plan) => this.#runners.termsOf(plan));
  }

  async run<Request, Result, Step>(
    kind: JobKind<Request, Result, Step>,
    { folder, fingerprint }: Snapshot,
    request: Request,
    options: JobOptions<Step> = {},
  ): Promise<Result> {
    const model = { folder, fingerprint };
    const { signal, gate = new Gate(), client = '' } = options;
    const plan = await this.#admitted(await this.#admission.plan(kind as JobKind<Request>, model, request), signal);
    if (this.#closed) throw shuttingDown();
    if (!this.#places.has(client)) {
      // When there will be one is told by the speed of this machine; there may be one by then.
      await unlessAborted(this.#estimator.measured(), signal).catch(() => undefined);
      if (signal?.aborted) throw cancelled();
      if (this.#closed) throw shuttingDown();
      if (!this.#places.has(client)) throw this.#places.refusal(client);
    }
    const answer = Promise.withResolvers<unknown>();
    const onStep = (step: unknown) => options.onStep?.(step as Step);
    const onStart = () => options.onStart?.();
    const onTook = (took: Took) => options.onTook?.(took);
    const job: Job = { plan, gate, answer, onStart, onStep, onTook, terms: undefined, begun: false, told: 0 };
    const cancel = () => this.#cancel(job);
    signal?.addEventListener('abort', cancel);
    this.#turns.enter(job, client);
    options.onQueue?.({ place: () => this.#placeOf(job), join: (other) => this.#join(job, other) });
    if (signal?.aborted) cancel();
    this.#dispatch();
    try {
      return (await answer.promise) as Result;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async estimate<Request>(
    kind: JobKind<Request>,
    model: Snapshot,
    request: Request,
    client = '',
  ): Promise<Expectation> {
    const plan = await this.#estimator.plan(kind, model, request);
    if (this.#closed) throw shuttingDown();
    const estimate = await this.#admission.estimate(plan);
    return { ...estimate, queueTime: this.#places.waitOf(client, timeIn(estimate)) };
  }

  get load(): Load {
    const speed = measuredSpeed(this.#settings.threads);
    return { running: this.#turns.computing.length, memory: this.#runners.memory, speed };
  }

  async countsOf(client: string): Promise<JobCounts> {
    return this.#turns.countsOf(client);
  }

  stateOf(model: Snapshot): LoadState {
    return this.#runners.stateOf(model);
  }

  watch(onState: () => void): () => void {
    return this.#runners.states.listen(onState);
  }

  holdings(): Holdings {
    return this.#runners.holdings;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#turning);
    for (const { answer } of this.#turns.waiting) answer.reject(shuttingDown());
    await this.#runners.close(shuttingDown);
  }

  /** @throws TributaryError OVER_CAPACITY, or CANCELLED at once though the machine is being measured */
  async #admitted(plan: Plan, signal: AbortSignal | undefined): Promise<Plan> {
    if (this.#closed) throw shuttingDown();
    if (signal?.aborted) throw cancelled();
    try {
      return await this.#admission.admit(plan, signal);
    } catch (error) {
      throw signal?.aborted ? cancelled() : this.#closed ? shuttingDown() : error;
    }
  }

  /** Whoever waits has the answer at once; the runner is given a moment to come to its next block. */
  #cancel(job: Job): void {
    job.gate.cancel();
    job.answer.reject(cancelled());
    if (this.#turns.stateOf(job) !== 'computes') this.#turns.leave(job);
    this.#dispatch();
  }

  #join(job: Job, client: string): void {
    this.#turns.join(job, client);
    this.#dispatch();
  }

  async #placeOf(job: Job): Promise<Place | null> {
    const state = this.#turns.stateOf(job);
    if (!state || state === 'computes') return null;
    await this.#estimator.measured();
    return this.#places.of(job);
  }

  /** Starts whatever may start now; called whenever that may have changed. */
  #dispatch(): void {
    clearTimeout(this.#turning);
    this.#places.changed();
    while (!this.#closed && this.#startNext());
    if (!this.#closed) this.#makeWay();
    this.loads.wake();
  }

  /** @returns whether a job has begun or goes on */
  #startNext(): boolean {
    const { computing } = this.#turns;
    if (computing.length >= this.#settings.workers) return false;
    // Who has to leave for a job is told when it is known how much memory that is.
    if (this.#runners.someoneEnds) return false;
    // Where one whose turn it is has no room, others go before it that end before there can be some.
    let most = Number.POSITIVE_INFINITY;
    for (const job of this.#turns.next()) {
      if (!this.#turns.mayCompute(job)) continue;
      if (most < Number.POSITIVE_INFINITY && this.#turns.remaining(job) > most) continue;
      const room = this.#runners.roomFor(job);
      if (room) return this.#use(room, job);
      most = Math.min(most, ...computing.map((other) => this.#turns.remaining(other)));
    }
    return false;
  }

  /** Asks a job that computes to stand aside for one whose turn comes before its own. */
  #makeWay(): void {
    const asked = this.#turns.computing.some(({ gate }) => gate.state.aside);
    if (asked || this.#runners.someoneEnds) return;
    const busy = this.#turns.computing.length >= this.#settings.workers;
    const pairs = givingWay(this.#turns).filter(({ long, short }) => {
      // A job that is cancelled is about to end; where a worker is free, what is missing is the model of that runner.
      if (long.gate.state.cancelled || !(busy || isSame(long.plan.model, short.plan.model))) return false;
      return this.#runners.roomFor(short, long) !== undefined;
    });
    const now = pairs.find(({ after }) => after === 0);
    if (now) now.long.gate.setAside();
    else if (pairs.length > 0) {
      const soonest = 1000 * Math.min(...pairs.map(({ after }) => after));
      this.#turning = setTimeout(() => this.#dispatch(), Math.min(Math.ceil(soonest), longestTimer)).unref();
    }
  }

  #stoodAside(job: Job): void {
    if (job.gate.state.cancelled) this.#turns.leave(job);
    else this.#turns.setAside(job);
    this.#dispatch();
  }

  /** @returns whether the job could be given to a runner, which it cannot before those that leave for it are gone */
  #use(room: Room, job: Job): boolean {
    if (!this.#runners.clear(room)) return false;
    this.#turns.begin(job);
    if (job.terms) this.#runners.goOn(job);
    else void this.#perform(job, room);
    return true;
  }

  async #perform(job: Job, room: Room): Promise<void> {
    const taken = await this.#runners.take(job, room);
    if (taken === 'again') {
      job.gate.goOn();
      job.terms = undefined;
      this.#turns.again(job);
    } else {
      this.#turns.leave(job);
      if (taken) this.#settings.onDone?.(job.plan.model, taken);
      if (taken && job.terms) this.#estimator.observe(job.plan, job.terms, taken);
    }
    this.#dispatch();
  }
}

function isSame(a: Snapshot, b: Snapshot): boolean {
  return a.folder === b.folder && a.fingerprint === b.fingerprint;
}

function cancelled(): TributaryError {
  return new TributaryError('CANCELLED', 'The run was cancelled');
}

function shuttingDown(): TributaryError {
  return new TributaryError('CANCELLED', 'The server is shutting down');
}
