/** Jobs that wait for their turn, and the runners that take them: the one implementation of `Engine`. */
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import { nothing } from '../inference/cost.ts';
import { Gate } from '../inference/gate.ts';
import type { Weights } from '../onnx/weights.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { type Estimate, isWithin } from './capacity/estimate.ts';
import { Estimator, type Plan, type Terms } from './capacity/estimator.ts';
import { memoryOf, nothingKnown } from './capacity/memory.ts';
import { type WeightsSetting, weightsFor } from './capacity/packing.ts';
import { keptOf, sizeOf, victimsOf } from './capacity/victims.ts';
import type { Engine, JobOptions, LoadState, Place } from './engine.ts';
import type { Job } from './job.ts';
import type { JobKind } from './kinds/kind.ts';
import type { Took } from './messages.ts';
import { Runner } from './runner.ts';
import { type Forecast, forecast } from './turns/forecast.ts';
import { givingWay } from './turns/giving-way.ts';
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
  /** Told of each job that has come to its end. */
  readonly onDone?: (model: Snapshot, took: Took) => void;
}

/** Processes that stay with their models though they have nothing to do, however small the models are. */
const mostIdle = 8;
/** Milliseconds that a timer can take. */
const longestTimer = 2 ** 31 - 1;

export class JobQueue implements Engine {
  readonly #settings: QueueSettings;
  readonly #memory: number;
  readonly #estimator: Estimator;
  readonly #turns = new Turns<Job>(({ plan, terms }) => this.#estimator.secondsOf(plan, terms ?? this.#termsOf(plan)));
  /** Until their processes are gone, and their memory is free. */
  readonly #runners = new Set<Runner>();
  /** Why models could not be loaded, by folder. */
  readonly #faults = new Map<string, string>();
  /** As long as nothing changes: who begins when. */
  #forecast: { readonly at: number; readonly jobs: ReadonlyMap<Job, Forecast> } | undefined;
  /** Until the turn of a job comes before that of one that computes. */
  #turning: NodeJS.Timeout | undefined;
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
    const { signal, gate = new Gate(), client = '' } = options;
    const plan = await this.#admitted(await this.#planned(kind as JobKind<Request>, model, request), signal);
    if (this.#closed) throw shuttingDown();
    if (!this.#hasRoomFor(client)) {
      // When there will be room is told by the speed of this machine; there may be some by then.
      await unlessAborted(this.#estimator.measured(), signal).catch(() => undefined);
      if (signal?.aborted) throw cancelled();
      if (this.#closed) throw shuttingDown();
      if (!this.#hasRoomFor(client)) throw this.#noRoomFor(client);
    }
    const answer = Promise.withResolvers<unknown>();
    const onStep = (step: unknown) => options.onStep?.(step as Step);
    const onStart = () => options.onStart?.();
    const job: Job = { plan, gate, answer, onStart, onStep, terms: undefined, begun: false, told: 0 };
    const cancel = () => this.#cancel(job);
    signal?.addEventListener('abort', cancel);
    this.#turns.enter(job, client);
    options.onQueue?.({ place: () => this.#placeOf(job), join: (other) => this.#join(job, other) });
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
    const lean = this.#leanOf(plan);
    const estimate = await this.#estimator.estimate(plan, this.#termsOf(plan));
    return isWithin(estimate) || !lean ? estimate : this.#estimator.estimate(lean, this.#termsOf(lean));
  }

  stateOf(model: Snapshot): LoadState {
    const states = Array.from(this.#runners, (runner) => (isOf(runner, model) ? runner.state : undefined));
    const ready = states.find((state) => state?.status === 'READY');
    const error = this.#faults.get(keyOf(model)) ?? null;
    const status = error === null ? 'UNLOADED' : 'FAILED';
    return ready ?? states.find(Boolean) ?? { status, progress: null, error, weights: null };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#turning);
    for (const { answer } of this.#turns.waiting) answer.reject(shuttingDown());
    const ended = Array.from(this.#runners, (runner) => {
      for (const { answer, gate } of runner.jobs) {
        answer.reject(shuttingDown());
        gate.cancel();
      }
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
      const demand = { cost: nothing, activations: 0 };
      return { kind: kind as JobKind, model, request, footprint: nothingKnown, graphSets: [], demand };
    }
  }

  /**
   * The plan, lean where that alone is within the budgets.
   * @throws TributaryError OVER_CAPACITY, or CANCELLED at once though the machine is being measured
   */
  async #admitted(plan: Plan, signal: AbortSignal | undefined): Promise<Plan> {
    if (this.#closed) throw shuttingDown();
    if (signal?.aborted) throw cancelled();
    const admit = async (one: Plan) => {
      await unlessAborted(this.#estimator.admit(one, this.#termsOf(one)), signal);
      return one;
    };
    try {
      const lean = this.#leanOf(plan);
      return await admit(plan).catch((error) => (lean && !signal?.aborted ? admit(lean) : Promise.reject(error)));
    } catch (error) {
      throw signal?.aborted ? cancelled() : this.#closed ? shuttingDown() : error;
    }
  }

  /** The same job with lean weights, where it would have packed ones without having to. */
  #leanOf(plan: Plan): Plan | undefined {
    const lean = { ...plan, lean: true };
    return this.#termsOf(lean).weights === this.#termsOf(plan).weights ? undefined : lean;
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

  /** A client that has few jobs waiting finds a place though another one has many. */
  #hasRoomFor(client: string): boolean {
    const left = this.#settings.queue - this.#turns.waiting.length;
    return this.#turns.waitingOf(client).length < 2 * left;
  }

  #noRoomFor(client: string): TributaryError {
    const { waiting } = this.#turns;
    const { queue } = this.#settings;
    const left = queue - waiting.length;
    const own = this.#turns.waitingOf(client);
    const { jobs } = this.#forecastNow();
    const begins = (left > 0 ? own : waiting).map((job) => jobs.get(job)?.begins ?? 0);
    const retryAfter = Math.max(1, Math.ceil(Math.min(...begins)));
    const what =
      left <= 0
        ? `${queue} requests wait already, which is the limit`
        : `${own.length} requests of one client wait already, which is its share of the ${queue} places`;
    const message = `All workers are busy and ${what}; try again in about ${retryAfter} s`;
    return new TributaryError('OVER_CAPACITY', message, { retryAfter });
  }

  async #placeOf(job: Job): Promise<Place | null> {
    if (!isWaiting(this.#turns.stateOf(job))) return null;
    await this.#estimator.measured();
    const { at, jobs } = this.#forecastNow();
    const found = jobs.get(job);
    if (!found) return null;
    const { begins, ...place } = found;
    return { ...place, expectedStart: new Date(Math.max(Date.now(), at + 1000 * begins)) };
  }

  #forecastNow() {
    this.#forecast ??= { at: Date.now(), jobs: forecast(this.#turns, this.#settings.workers) };
    return this.#forecast;
  }

  /** What a job of the model would find in the runner that it would be given. */
  #termsOf(plan: Plan): Terms {
    const runner = [...this.#runners].find((one) => isOf(one, plan.model) && !one.ending);
    return { held: runner?.held, weights: this.#weightsFor(plan, runner) };
  }

  /** How the job would have its model's weights. @param own the runner that it would be given; undefined: a new one */
  #weightsFor({ footprint, graphSets, demand, lean }: Plan, own: Runner | undefined): Weights {
    const setting = this.#settings.weights ?? 'auto';
    if (lean && setting === 'auto') return 'LEAN';
    const held = own?.weights;
    // Jobs that stand aside go on with the sessions that they have.
    if (held && own.jobs.size > 0) return held;
    const passes = (own?.passes ?? 0) + demand.cost.weights / Math.max(footprint.numbers, 1);
    const others = [...this.#runners].filter((runner) => runner !== own);
    const taken = others.reduce((sum, runner) => sum + sizeOf(runner.held) + runner.activations, demand.activations);
    const packed = memoryOf(footprint, 'PACKED', [...keptOf(own?.held, 'PACKED'), ...graphSets]);
    return weightsFor(setting, { held, passes, fits: taken + packed <= this.#memory });
  }

  /** Starts whatever may start now; called whenever that may have changed. */
  #dispatch(): void {
    clearTimeout(this.#turning);
    this.#forecast = undefined;
    while (!this.#closed && this.#startNext());
    if (!this.#closed) this.#makeWay();
  }

  /** @returns whether a job has begun or goes on */
  #startNext(): boolean {
    const { computing } = this.#turns;
    if (computing.length >= this.#settings.workers) return false;
    // Who has to leave for a job is told when it is known how much memory that is.
    if (this.#someoneEnds()) return false;
    // Where one whose turn it is has no room, others go before it that end before there can be some.
    let most = Number.POSITIVE_INFINITY;
    for (const job of this.#turns.next()) {
      if (most < Number.POSITIVE_INFINITY && this.#turns.remaining(job) > most) continue;
      const room = this.#roomFor(job);
      if (room) return this.#use(room, job);
      most = Math.min(most, ...computing.map((other) => this.#turns.remaining(other)));
    }
    return false;
  }

  /** Asks a job that computes to stand aside for one whose turn comes before its own. */
  #makeWay(): void {
    const asked = this.#turns.computing.some(({ gate }) => gate.state.aside);
    if (asked || this.#someoneEnds()) return;
    const busy = this.#turns.computing.length >= this.#settings.workers;
    const pairs = givingWay(this.#turns).filter(({ long, short }) => {
      const runner = this.#runnerOf(long);
      // A job that is cancelled is about to end; where a worker is free, what is missing is the model of that runner.
      if (!runner || long.gate.state.cancelled || !(busy || isOf(runner, short.plan.model))) return false;
      return this.#roomFor(short, runner) !== undefined;
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

  #someoneEnds(): boolean {
    return [...this.#runners].some(({ ending }) => ending);
  }

  #runnerOf(job: Job): Runner | undefined {
    return [...this.#runners].find(({ jobs }) => jobs.has(job));
  }

  /** @returns whether the job could be given to a runner, which it cannot before those that leave for it are gone */
  #use({ own, leaving, weights }: Room, job: Job): boolean {
    for (const runner of leaving) void runner.end();
    if (leaving.size > 0) return false;
    const runner = own ?? this.#start(job);
    this.#turns.begin(job);
    if (runner.jobs.has(job)) runner.goOn(job);
    else {
      this.#faults.delete(keyOf(job.plan.model));
      void this.#perform(runner, job, weights);
    }
    return true;
  }

  #start({ plan: { model, footprint } }: Job): Runner {
    const runner = new Runner(model, footprint, this.#settings.threads, {
      onAside: (job) => this.#stoodAside(job),
      onGone: () => {
        this.#runners.delete(runner);
        this.#dispatch();
      },
    });
    this.#runners.add(runner);
    return runner;
  }

  async #perform(runner: Runner, job: Job, weights: Weights): Promise<void> {
    const taken = await runner.take(job, weights);
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

  /**
   * A runner for the job, or a place for a new one, and who has to end for it; undefined while there is no room.
   * @param standing whose job would stand aside: then it could take another one, and all that the first keeps stays
   */
  #roomFor(job: Job, standing?: Runner): Room | undefined {
    const { model, footprint, graphSets, demand } = job.plan;
    const runners = [...this.#runners];
    const isFree = (runner: Runner) => runner.free || runner === standing;
    const before = this.#runnerOf(job);
    if (before) return isFree(before) ? { own: before, leaving: new Set(), weights: before.held.weights } : undefined;
    // Its process has just ended: what becomes of it is told in a moment.
    if (this.#turns.stateOf(job) === 'stands aside') return undefined;
    const idle = runners.filter((runner) => runner.idle);
    // Files that were replaced.
    const stale = idle.filter((runner) => runner.model.folder === model.folder && !isOf(runner, model));
    const own = runners.find((runner) => isFree(runner) && isOf(runner, model));
    const kept = runners.reduce((sum, { activations }) => sum + activations, 0);
    const all = runners.map((runner) => ({ ...runner.held, runner, free: runner.idle }));
    const mine = all.find(({ runner }) => runner === own);
    const budget = this.#memory - kept - demand.activations;
    const weights = this.#weightsFor(job.plan, own);
    // What it has copied its process would keep, and its jobs go on with.
    if (own?.weights === 'PACKED' && weights === 'LEAN')
      return own.idle ? { own, leaving: new Set([own]), weights } : undefined;
    const victims = victimsOf(all, mine, { footprint, weights, graphSets }, budget);
    if (victims === undefined) return undefined;
    const crowd = own ? [] : idle.toSorted((a, b) => a.held.used - b.held.used).slice(0, idle.length + 1 - mostIdle);
    return { own, leaving: new Set([...victims.map(({ runner }) => runner), ...stale, ...crowd]), weights };
  }
}

/** Where a job can compute. */
interface Room {
  /** Absent: a new one. */
  readonly own: Runner | undefined;
  /** Have to end before. */
  readonly leaving: ReadonlySet<Runner>;
  readonly weights: Weights;
}

function isWaiting(state: ReturnType<Turns<Job>['stateOf']>): boolean {
  return state === 'waits' || state === 'stands aside';
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
