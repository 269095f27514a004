/** What a process that computes says of itself to those who ask it. */

export interface WorkerModel {
  /** Its folder in the models folder of that machine. */
  readonly name: string;
  /** Null where whoever is told has the same files, and can read it off them. */
  readonly revision: string | null;
  readonly status: 'UNLOADED' | 'LOADING' | 'READY' | 'FAILED';
  /** How it is in memory; null while it is not. */
  readonly weights: 'LEAN' | 'PACKED' | null;
  /** Graphs in memory, of those that are wanted, while it loads. */
  readonly progress: { readonly loaded: number; readonly total: number } | null;
  /** Why it could not be loaded. */
  readonly error: string | null;
}

export interface WorkerState {
  /** By name. */
  readonly models: readonly WorkerModel[];
  /** Bytes that models and jobs may take together, and that they take. */
  readonly memory: { readonly total: number; readonly used: number };
  /** As `Speed` of `inference/speed.ts`: seconds for one of each; null until it is measured. */
  readonly speed: Readonly<Record<WorkerSpeed, number>> | null;
  /** Jobs that it computes at once, at the most. */
  readonly workers: number;
  /** Jobs that it computes. */
  readonly running: number;
  /** The version of the program. */
  readonly program: string;
}

export type WorkerSpeed = 'flops' | 'weights' | 'elements' | 'runs' | 'sessions' | 'loadedBytes';

/** A process that computes, and what it says of itself. */
export interface Worker extends WorkerState {
  readonly id: string;
  /** Of its machine, for people. */
  readonly name: string;
  readonly startedAt: Date;
  /** When it said last that it is there. */
  readonly seenAt: Date;
}

/** Where workers are found. */
export interface WorkerSource {
  /** In an order that stays. @throws TributaryError OVER_CAPACITY when they cannot be read */
  list(): Promise<readonly Worker[]>;
  /** @param listener called when one may have come or gone, or have another state @returns stops that */
  watch(listener: () => void): () => void;
}
