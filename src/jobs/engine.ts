/** The one door to inference: what the rest of the server may ask of a model. Implemented by `queue.ts`. */
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { Gate } from '../inference/gate.ts';
import type { LoadProgress } from '../inference/loaded-model.ts';
import type { Weights } from '../onnx/weights.ts';
import type { Estimate } from './capacity/estimate.ts';
import type { JobKind } from './kinds/kind.ts';
import type { Took } from './messages.ts';
import type { JobCounts } from './shares.ts';

/** Where a model stands. `progress` counts while it loads. */
export interface LoadState {
  readonly status: 'UNLOADED' | 'LOADING' | 'READY' | 'FAILED';
  readonly progress: LoadProgress | null;
  /** Why it could not be loaded. */
  readonly error: string | null;
  /** How it is in memory; null while it is not. */
  readonly weights: Weights | null;
}

/** Where a job stands that waits for its turn, or stands aside. */
export interface Place {
  /** Among those that wait; 1: the next one. */
  readonly position: number;
  /** Jobs that are under way, or begin before it. */
  readonly ahead: number;
  /** When it will begin or go on, by the estimates. */
  readonly expectedStart: Date;
  /** What it waits for, in words; absent where that is its turn alone. */
  readonly reason?: string | undefined;
}

/** What a job would take, and when it would begin. */
export interface Expectation extends Estimate {
  /** Seconds until then, if it were asked for now; null: the queue has no place for it, and it would be refused. */
  readonly queueTime: number | null;
}

/** A job in the queue. */
export interface Ticket {
  /** Null while it computes, and when it is over. Waits for the machine to be measured. */
  place(): Promise<Place | null>;
  /** Another client waits for the same: where its turn comes sooner, the job has it. */
  join(client: string): void;
}

export interface JobOptions<Step = unknown> {
  readonly signal?: AbortSignal | undefined;
  /** Who asks: turns are taken by client. Absent: the server itself, as if it were one. */
  readonly client?: string | undefined;
  /** Called once, when the job is in the queue. */
  readonly onQueue?: ((ticket: Ticket) => void) | undefined;
  /** Called once, when the job leaves the queue. */
  readonly onStart?: (() => void) | undefined;
  /** Called once, before there is an answer: what it took. */
  readonly onTook?: ((took: Took) => void) | undefined;
  /** Called with each step as it comes. */
  readonly onStep?: ((step: Step) => void) | undefined;
  /** Stops or holds the job from outside; default: one of its own. */
  readonly gate?: Gate | undefined;
}

/** What an engine has on this machine. */
export interface Holdings {
  /** Processes of models, since it was opened: those that were started, that are gone, and of these the ones that ended by themselves. */
  readonly processes: { readonly started: number; readonly ended: number; readonly faulted: number };
  /** One for each process that has some of a model. */
  readonly models: readonly {
    readonly folder: string;
    /** Bytes of its weights, and of what its jobs keep beside them. */
    readonly bytes: number;
    /** Whether all that its jobs need is there. */
    readonly loaded: boolean;
  }[];
}

/** Every answer is one of the files of the snapshot, from the first to the last. */
export interface Engine {
  /**
   * Runs a job of any kind.
   * @throws TributaryError CANCELLED when the signal aborts; OVER_CAPACITY when the queue is full, or the client's share of
   *   it (with `retryAfter`, the seconds until there is room, in its details), when the job is over a budget, or when its process was ended from outside; CHECKPOINT when the weights cannot be loaded or the files have
   *   changed; and as its kind's `run`
   */
  run<Request, Result, Step>(
    kind: JobKind<Request, Result, Step>,
    model: Snapshot,
    request: Request,
    options?: JobOptions<Step>,
  ): Promise<Result>;
  /**
   * What a job would take; nothing is loaded for it. The same estimate refuses a job that is over a budget, with
   * OVER_CAPACITY.
   * @param client who would ask; absent: the server itself
   * @throws TributaryError CHECKPOINT when the headers of the weights cannot be read, or are others by now
   */
  estimate<Request>(kind: JobKind<Request>, model: Snapshot, request: Request, client?: string): Promise<Expectation>;
  /** How many jobs there are of the share that a client is in, and of all its other clients. */
  countsOf(client: string): Promise<JobCounts>;
  stateOf(model: Snapshot): LoadState;
  /** @param onState called whenever `stateOf` some model may be another one @returns stops that */
  watch(onState: () => void): () => void;
  /** Absent: nothing on this machine. */
  holdings?(): Holdings | undefined;
  /** Cancels all jobs, and ends their processes. */
  close(): Promise<void>;
}
