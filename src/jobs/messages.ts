/** What the pool and its workers say to each other. */

import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { ErrorCode } from '../errors.ts';
import type { AttributionRequest, AttributionResult } from '../explain/attribution/result.ts';
import type { CircuitsRequest, CircuitsResult } from '../explain/circuits/result.ts';
import type { CirculationRequest, CirculationStep } from '../explain/circulation/event.ts';
import type { PredictionRequest, PredictionResult } from '../explain/prediction.ts';
import type { LoadProgress } from './engine.ts';

export type Work =
  | { readonly kind: 'attribution'; readonly request: AttributionRequest }
  | { readonly kind: 'circulation'; readonly request: CirculationRequest }
  | { readonly kind: 'circuits'; readonly request: CircuitsRequest }
  | { readonly kind: 'prediction'; readonly request: PredictionRequest };

/** What a worker's job ends with; nothing for a circulation, whose steps are told as they come. */
export type WorkResult = readonly AttributionResult[] | CircuitsResult | PredictionResult | undefined;

/** Pool to worker: one job at a time. */
export interface JobMessage {
  readonly model: Snapshot;
  readonly work: Work;
  /** Of the job's gate. */
  readonly gate: SharedArrayBuffer;
}

/** Pool to worker, when it has no job: gives these models' memory back, and reports `released`. */
export interface ReleaseMessage {
  readonly release: readonly string[];
}

/** Worker to pool, all about the job under way. The last one is `done` or `failed`. */
export type JobReport =
  | { readonly type: 'load'; readonly progress: LoadProgress }
  | { readonly type: 'step'; readonly step: CirculationStep }
  | {
      readonly type: 'done';
      readonly result: WorkResult;
      readonly took: Took;
    }
  | {
      readonly type: 'failed';
      readonly error: Failure;
      /** Whether anything of the model is in memory. */
      readonly held: boolean;
    };

/** Seconds. */
export interface Took {
  /** To open the model and make the sessions that were not there. */
  readonly load: number;
  readonly run: number;
}

export interface Failure {
  /** Absent for a fault of our own. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}
