/** The one door to inference: what the rest of the server may ask of a model. Implemented by `pool.ts`. */

import type { Snapshot } from '../checkpoint/fingerprint.ts';
import type { AttributionRequest, AttributionResult } from '../explain/attribution/result.ts';
import type { CircuitsRequest, CircuitsResult } from '../explain/circuits/result.ts';
import type { CirculationRequest, CirculationStep } from '../explain/circulation/event.ts';
import type { PredictionRequest, PredictionResult } from '../explain/prediction.ts';
import type { Estimate } from './capacity/estimate.ts';
import type { Work } from './messages.ts';

export interface LoadProgress {
  /** Graphs loaded so far and in all. */
  readonly loaded: number;
  readonly total: number;
}

/** Where a model stands. `progress` counts while it loads. */
export interface LoadState {
  readonly status: 'UNLOADED' | 'LOADING' | 'READY' | 'FAILED';
  readonly progress: LoadProgress | null;
  /** Why it could not be loaded. */
  readonly error: string | null;
}

export interface JobOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called while the model's graphs load, before the job itself begins. */
  readonly onLoad?: ((progress: LoadProgress) => void) | undefined;
  /** Called once, when the job leaves the queue and a worker takes it. */
  readonly onStart?: (() => void) | undefined;
}

/** Every answer is one of the files of the snapshot, from the first to the last. */
export interface Engine {
  /**
   * Attributes logits, one answer for each target, in order.
   * @throws TributaryError CANCELLED when the signal aborts, OVER_CAPACITY when the queue is full, CHECKPOINT when the
   *   weights cannot be loaded, or the files are others before the answer is there.
   */
  attribute(model: Snapshot, request: AttributionRequest, options?: JobOptions): Promise<readonly AttributionResult[]>;
  /** Follows tokens through the blocks; `onStep` is called as each block is passed. Same errors as `attribute`. */
  circulate(
    model: Snapshot,
    request: CirculationRequest,
    options: JobOptions & { readonly onStep: (step: CirculationStep) => void },
  ): Promise<void>;
  /** What the weights alone tell of the heads; keeps nothing of the model in memory. Same errors as `attribute`. */
  circuits(model: Snapshot, request: CircuitsRequest, options?: JobOptions): Promise<CircuitsResult>;
  /** What the model predicts at a position, by one forward pass. Same errors as `attribute`. */
  predict(model: Snapshot, request: PredictionRequest, options?: JobOptions): Promise<PredictionResult>;
  /**
   * What a job would take; nothing is loaded for it. The same estimate refuses a job that is over a budget, with
   * OVER_CAPACITY. @throws TributaryError CHECKPOINT when the headers of the weights cannot be read, or are others by now
   */
  estimate(model: Snapshot, work: Work): Promise<Estimate>;
  stateOf(model: Snapshot): LoadState;
  /** Lets running jobs be cancelled, workers finish their block and exit. */
  close(): Promise<void>;
}
