/** What a circulation is asked for and the events it streams. Formulas: docs/mathematics.md. */

import type { PromptTokens } from '../../checkpoint/messages.ts';
import type { LensTokenResult, TargetRequest, TargetResult } from '../../inference/target.ts';
import type { AuditResult } from '../attribution/result.ts';

/**
 * LENS: what the model would say after each block, and the tracked tokens' shares of the target's logit there. HEADS: what
 * each head carried. PATTERNS: attention paid and received.
 */
export const circulationFigures = ['LENS', 'HEADS', 'PATTERNS'] as const;
export type CirculationFigure = (typeof circulationFigures)[number];

export interface CirculationRequest extends PromptTokens {
  /** Absolute positions to follow, at least one, each once. */
  readonly track: readonly number[];
  /** With `token` null the target is the lens's own top choice at each depth, at the end the model's. */
  readonly target: TargetRequest;
  /** How many blocks to run, 1 to the model's layer count. */
  readonly layers: number;
  /** Logit lens: how many tokens. */
  readonly top: number;
  /** Those that are told beside what every circulation tells; absent: all. What is not there is not computed. */
  readonly figures?: readonly CirculationFigure[] | undefined;
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
  /** With HEADS: norm of each head's part of c. [head, position] */
  readonly heads?: Float32Array | undefined;
  /** With PATTERNS: attention the token pays to each position. [head, position] */
  readonly paid?: Float32Array | undefined;
  /** With PATTERNS: attention the token receives from each position. [head, position] */
  readonly received?: Float32Array | undefined;
  /** With LENS. */
  readonly logitShare?: number | undefined;
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

export interface CirculationAuditResult extends AuditResult {
  /** The largest, of all blocks and positions looked at, of ‖M(r^l) − r^(l+1)‖ / (‖x^(l+1)‖ + ‖r^(l+1)‖). */
  readonly deviation: number;
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
      /** With LENS, and so the target after this block. */
      readonly lens?: readonly LensTokenResult[] | undefined;
      readonly target?: LensTokenResult | undefined;
    }
  | {
      readonly type: 'COMPLETED';
      readonly target: TargetResult;
      readonly tracked: readonly CirculationSummaryResult[];
      readonly audit: CirculationAuditResult;
    };
