/** What a circulation is asked for and the events it streams. Formulas: docs/mathematics.md. */

import type { LensTokenResult, TargetRequest, TargetResult } from '../../inference/target.ts';
import type { AuditResult } from '../attribution/result.ts';

export interface CirculationRequest {
  readonly inputIds: readonly number[];
  /** Absolute positions to follow, at least one, each once. */
  readonly track: readonly number[];
  /** With `token` null the target is the lens's own top choice at each depth, at the end the model's. */
  readonly target: TargetRequest;
  /** How many blocks to run, 1 to the model's layer count. */
  readonly layers: number;
  /** Logit lens: how many tokens. */
  readonly top: number;
}

/** One tracked token after one block; arrays per position of the prompt unless said otherwise. */
export interface TokenCirculationResult {
  readonly position: number;
  /** ⟨c_t, x_t⟩ / ‖x_t‖² [position] */
  readonly share: Float32Array;
  /** ‖c_t‖ [position] */
  readonly norm: Float32Array;
  readonly throughAttention: Float32Array;
  readonly throughMlp: Float32Array;
  /** Norm of each head's part of c. [head, position] */
  readonly heads: Float32Array;
  /** Attention the token pays to each position. [head, position] */
  readonly paid: Float32Array;
  /** Attention the token receives from each position. [head, position] */
  readonly received: Float32Array;
  readonly logitShare: number;
  /** ‖x^(l+1)_p − x^l_p‖ of the token's own residual stream, and the norms of what was written to it. */
  readonly movement: number;
  readonly attentionNorm: number;
  readonly mlpNorm: number;
}

export interface CirculationSummaryResult {
  readonly position: number;
  /** The token's share of the target logit after the last block that ran. */
  readonly score: number;
  /** Arrakis's direct moves, one per block; its block 0 is not counted and stays 0. */
  readonly directMoves: readonly number[];
  /** Σ movement over the blocks that ran, block 0 not counted. */
  readonly totalMovement: number;
}

/** What the worker tells as it passes each block. The run service adds `seq` and `at` and stores each one. */
export type CirculationStep =
  | {
      readonly type: 'STARTED';
      readonly tokens: readonly number[];
      readonly layerCount: number;
      readonly track: readonly number[];
    }
  | {
      readonly type: 'LAYER';
      readonly layer: number;
      /** Milliseconds. */
      readonly elapsed: number;
      readonly tracked: readonly TokenCirculationResult[];
      readonly lens: readonly LensTokenResult[];
      readonly target: LensTokenResult;
    }
  | {
      readonly type: 'COMPLETED';
      readonly target: TargetResult;
      readonly tracked: readonly CirculationSummaryResult[];
      readonly audit: AuditResult;
    };
