/** The runners there are: where a job finds room, how it has its model there, and who leaves for it. */
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import { TributaryError } from '../errors.ts';
import type { Weights } from '../onnx/weights.ts';
import { Signal } from '../signal.ts';
import { type Plan, readsOf, type Terms } from './capacity/estimator.ts';
import { memoryOf } from './capacity/memory.ts';
import { type WeightsSetting, weightsFor } from './capacity/packing.ts';
import { keptOf, sizeOf, victimsOf } from './capacity/victims.ts';
import type { Holdings, LoadState } from './engine.ts';
import type { Job } from './job.ts';
import type { Took } from './messages.ts';
import { Runner } from './runner.ts';

export interface RunnersSettings {
  /** Threads that onnxruntime uses within one of them. */
  readonly threads: number;
  /** Bytes that all of them and what their jobs keep may take together. */
  readonly memory: number;
  /** How models have their weights. */
  readonly weights: WeightsSetting;
}

/** What happens in runners by itself. */
export interface RunnersEvents {
  /** A job that was asked to has stood aside. */
  readonly onAside: (job: Job) => void;
  /** A process is gone, and its memory free. */
  readonly onGone: () => void;
}

/** Where a job can compute. */
export interface Room {
  /** Absent: a new one. */
  readonly own: Runner | undefined;
  /** Have to end before. */
  readonly leaving: ReadonlySet<Runner>;
  readonly weights: Weights;
}

/** Processes that stay with their models though they have nothing to do, however small the models are. */
const mostIdle = 8;

export class Runners {
  /** Of `stateOf`: of some model it may be another one. */
  readonly states = new Signal();
  readonly #settings: RunnersSettings;
  readonly #events: RunnersEvents;
  /** Until their processes are gone, and their memory is free. */
  readonly #all = new Set<Runner>();
  /** Why models could not be loaded, by folder and fingerprint. */
  readonly #faults = new Map<string, string>();
  readonly #processes = { started: 0, ended: 0, faulted: 0 };

  constructor(settings: RunnersSettings, events: RunnersEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /** Is one about to be gone, and has its memory until then? */
  get someoneEnds(): boolean {
    return [...this.#all].some(({ ending }) => ending);
  }

  /** Bytes that models and what jobs keep take. */
  get memory(): number {
    return Array.from(this.#all).reduce((sum, runner) => sum + sizeOf(runner.held) + runner.activations, 0);
  }

  /** What is there of processes and models, and was. */
  get holdings(): Holdings {
    const models = Array.from(this.#all, (runner) => ({
      folder: runner.model.folder,
      bytes: sizeOf(runner.held) + runner.activations,
      loaded: runner.state?.status === 'READY',
    }));
    return { processes: { ...this.#processes }, models };
  }

  stateOf(model: Snapshot): LoadState {
    const states = Array.from(this.#all, (runner) => (isOf(runner, model) ? runner.state : undefined));
    const ready = states.find((state) => state?.status === 'READY');
    const error = this.#faults.get(keyOf(model)) ?? null;
    const status = error === null ? 'UNLOADED' : 'FAILED';
    return ready ?? states.find(Boolean) ?? { status, progress: null, error, weights: null };
  }

  /** What a job of the model would find in the runner that it would be given. */
  termsOf(plan: Plan): Terms {
    const runner = [...this.#all].find((one) => isOf(one, plan.model) && !one.ending);
    return { held: runner?.held, weights: this.#weightsFor(plan, runner) };
  }

  /**
   * A runner for a job that does not compute, or a place for a new one, and who has to end for it; undefined while there is
   * no room.
   * @param aside a job that computes: if it stood aside, its runner could take another one, and all that it keeps would stay
   */
  roomFor(job: Job, aside?: Job): Room | undefined {
    const { model, footprint, graphSets, demand } = job.plan;
    const runners = [...this.#all];
    const standing = aside && this.#runnerOf(aside);
    if (aside && !standing) return undefined;
    const isFree = (runner: Runner) => runner.free || runner === standing;
    const before = this.#runnerOf(job);
    if (before) return isFree(before) ? { own: before, leaving: new Set(), weights: before.held.weights } : undefined;
    // Its process has just ended: what becomes of it is told in a moment.
    if (job.terms) return undefined;
    const idle = runners.filter((runner) => runner.idle);
    // Files that were replaced.
    const stale = idle.filter((runner) => runner.model.folder === model.folder && !isOf(runner, model));
    const own = runners.find((runner) => isFree(runner) && isOf(runner, model));
    const kept = runners.reduce((sum, { activations }) => sum + activations, 0);
    const all = runners.map((runner) => ({ ...runner.held, runner, free: runner.idle }));
    const mine = all.find(({ runner }) => runner === own);
    const budget = this.#settings.memory - kept - demand.activations;
    const weights = this.#weightsFor(job.plan, own);
    // What it has copied its process would keep, and its jobs go on with.
    if (own?.weights === 'PACKED' && weights === 'LEAN')
      return own.idle ? { own, leaving: new Set([own]), weights } : undefined;
    const victims = victimsOf(all, mine, { footprint, weights, graphSets }, budget);
    if (victims === undefined) return undefined;
    const crowd = own ? [] : idle.toSorted((a, b) => a.held.used - b.held.used).slice(0, idle.length + 1 - mostIdle);
    return { own, leaving: new Set([...victims.map(({ runner }) => runner), ...stale, ...crowd]), weights };
  }

  /** Ends those that have to leave. @returns whether none had to, and the room can be used */
  clear({ leaving }: Room): boolean {
    for (const runner of leaving) void runner.end();
    return leaving.size === 0;
  }

  /** Runs a job in a room that is clear, and answers it. @returns as `Runner.take` */
  take(job: Job, { own, weights }: Room): Promise<Took | 'again' | undefined> {
    const { model } = job.plan;
    if (this.#faults.delete(keyOf(model))) this.states.wake();
    // Known when whoever asked is told: that takes one promise more.
    job.answer.promise.catch((error) => {
      if (!(error instanceof TributaryError) || error.code !== 'CHECKPOINT') return;
      this.#faults.set(keyOf(model), error.message);
      this.states.wake();
    });
    return (own ?? this.#start(job.plan)).take(job, weights);
  }

  /** A job that stood aside computes again. */
  goOn(job: Job): void {
    this.#runnerOf(job)?.goOn(job);
  }

  /** Cancels all jobs that they have, and ends them. Settles when all of their memory is free. */
  async close(reason: () => Error): Promise<void> {
    const ended = Array.from(this.#all, (runner) => {
      for (const { answer, gate } of runner.jobs) {
        answer.reject(reason());
        gate.cancel();
      }
      return runner.end();
    });
    await Promise.all(ended);
  }

  /** How the job would have its model's weights. @param own the runner that it would be given; undefined: a new one */
  #weightsFor(plan: Plan, own: Runner | undefined): Weights {
    const { footprint, graphSets, demand, lean } = plan;
    const setting = this.#settings.weights;
    if (lean && setting === 'auto') return 'LEAN';
    const held = own?.weights;
    // Jobs that stand aside go on with the sessions that they have.
    if (held && own.jobs.size > 0) return held;
    const passes = (own?.passes ?? 0) + readsOf(plan) / Math.max(footprint.numbers, 1);
    const others = [...this.#all].filter((runner) => runner !== own);
    const taken = others.reduce((sum, runner) => sum + sizeOf(runner.held) + runner.activations, demand.activations);
    const packed = memoryOf(footprint, 'PACKED', [...keptOf(own?.held, 'PACKED'), ...graphSets]);
    return weightsFor(setting, { held, passes, fits: taken + packed <= this.#settings.memory });
  }

  #runnerOf(job: Job): Runner | undefined {
    return [...this.#all].find(({ jobs }) => jobs.has(job));
  }

  #start({ model, footprint }: Plan): Runner {
    const runner = new Runner(model, footprint, this.#settings.threads, {
      onAside: this.#events.onAside,
      onGone: (faulted) => {
        this.#processes.ended++;
        if (faulted) this.#processes.faulted++;
        this.#all.delete(runner);
        this.states.wake();
        this.#events.onGone();
      },
      onState: () => this.states.wake(),
    });
    this.#all.add(runner);
    this.#processes.started++;
    return runner;
  }
}

function keyOf({ folder, fingerprint }: Snapshot): string {
  return `${folder}\n${fingerprint}`;
}

function isOf(runner: Runner, { folder, fingerprint }: Snapshot): boolean {
  return runner.model.folder === folder && runner.model.fingerprint === fingerprint;
}
