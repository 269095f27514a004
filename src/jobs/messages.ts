/** What the server and its runners say to each other, by the channel between parent and child. */
import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { FailureCode } from '../errors.ts';
import type { GateState } from '../inference/gate.ts';
import type { LoadProgress } from '../inference/loaded-model.ts';
import type { BlockProfile } from '../inference/profile.ts';
import type { Speed } from '../inference/speed.ts';
import type { Weights } from '../onnx/weights.ts';
import type { Work } from './kinds/kind.ts';

/** Server to runner. One job at a time computes; those before it stand aside. */
export type Order = { readonly order: number } & (
  | {
      readonly type: 'job';
      readonly model: Snapshot;
      /** How the job has them; others than the model has only where no job of it stands aside. */
      readonly weights: Weights;
      readonly work: Work;
      readonly gate: GateState;
    }
  /** To the job of this number. */
  | { readonly type: 'gate'; readonly state: GateState }
  | { readonly type: 'measure' }
);

/** Runner to server, about the order of this number. The last one is `done`, `failed` or `measured`. */
export type Report = { readonly order: number } & Said;

export type Said =
  /** It computes no longer, until it may go on. */
  | { readonly type: 'aside' }
  | { readonly type: 'load'; readonly progress: LoadProgress }
  | { readonly type: 'step'; readonly step: unknown }
  | { readonly type: 'done'; readonly result: unknown; readonly took: Took }
  | {
      readonly type: 'failed';
      readonly error: Failure;
      /** Whether the files are others now: what is loaded may be of either. */
      readonly stale: boolean;
    }
  | { readonly type: 'measured'; readonly speed: Speed };

/** Seconds. */
export interface Took {
  /** To open the model and make the sessions that were not there. */
  readonly load: number;
  /** Without what it stood aside. */
  readonly run: number;
  /** What of `run` went by while blocks waited for the thread that reads ahead; page faults within a run are not in it. */
  readonly waited: number;
  readonly blocks: BlockProfile;
}

export interface Failure {
  /** Absent for a fault of our own. */
  readonly code: FailureCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
  /** For the log: what the message does not tell clients. */
  readonly cause: Error | undefined;
}
