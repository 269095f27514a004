/** What a process that computes says of itself to those who ask it. */

export interface WorkerModel {
  /** Its folder in the models folder of that machine. */
  readonly name: string;
  readonly revision: string;
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
  readonly speed: Readonly<Record<string, number>> | null;
  /** Jobs that it computes at once, at the most. */
  readonly workers: number;
  /** Jobs that it computes. */
  readonly running: number;
  /** The version of the program. */
  readonly program: string;
}
