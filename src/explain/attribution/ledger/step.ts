/** What an attribution tells on its way. Formulas: docs/mathematics.md. */
import type { LensTokenResult } from '../../../inference/target.ts';
import type { LayerResult } from '../grains/layer-result.ts';
import type { AttributionResult } from '../result.ts';

/** What progress is counted in: blocks, tokens that are taken out, points of the way from the baseline. */
export const progressUnits = ['BLOCKS', 'TOKENS', 'STEPS'] as const;
export type ProgressUnit = (typeof progressUnits)[number];

export interface Progress {
  readonly unit: ProgressUnit;
  /** Of a method that goes back through the blocks, each counts twice: on the way up and on the way down. */
  readonly total: number;
}

/**
 * ⟨γ ⊙ W_U[:, y], what a part writes at the target's position⟩ (centred for a LayerNorm; of a contrast the difference): what
 * it writes straight to the logit, up to the scale of the final norm, which nobody knows yet.
 */
export interface ProvisionalResult {
  readonly attention: number;
  /** Null in a block without an MLP. */
  readonly mlp: number | null;
  /** Attention's own bias, which is no head's. */
  readonly attentionBias: number;
  /** [head] */
  readonly heads: Float32Array;
}

/** What a worker tells of one target. The run service adds `seq` and `at`, and the end. */
export type AttributionStep =
  | ({ readonly type: 'STARTED'; readonly layerCount: number; readonly throughBlocks: boolean } & Progress)
  /** The forward pass has passed a block; of methods that go back through the blocks. */
  | {
      readonly type: 'FORWARD';
      readonly layer: number;
      /** Milliseconds. */
      readonly elapsed: number;
      /** With PROVISIONAL; null where nothing can be said before the end: see `isForeseen`. */
      readonly provisional?: ProvisionalResult | null | undefined;
      /** With LENS, and so the target after this block. */
      readonly lens?: readonly LensTokenResult[] | undefined;
      readonly target?: LensTokenResult | undefined;
    }
  /** The reverse pass has passed a block. */
  | {
      readonly type: 'REVERSE';
      readonly layer: number;
      /** Milliseconds. */
      readonly elapsed: number;
      /** With TOTAL. */
      readonly contributions?: LayerResult | undefined;
      /** With TOTAL: what the biases from here on contribute, those of this block and of the model's end included. */
      readonly biasSoFar?: number | undefined;
    }
  /** Of other methods: so many of `total`. */
  | { readonly type: 'PROGRESS'; readonly done: number };

/** The answer as far as every attribution has it: the last step of a run. */
export type AttributionCompleted = {
  readonly type: 'COMPLETED';
  /** Of the final norm, where PROVISIONAL was asked for. */
  readonly scale?: number | undefined;
} & Omit<AttributionResult, 'grains'>;

/** One step, of one of the targets of a request or, without one, of all alike. */
export interface ToldStep {
  readonly target?: number | undefined;
  readonly step: AttributionStep;
}

/** Whether it says how far it is and nothing of the model. */
export function isBare({ step }: ToldStep): boolean {
  return !('provisional' in step || 'lens' in step || 'contributions' in step);
}

/** To be awaited with each step as it comes. */
export type Tell = (told: ToldStep) => unknown;

/** Parts of a whole in which progress is told at the finest: of a long prompt each token has a pass of its own. */
const finest = 100;

/** Tells what is told, but of progress no more than a step in each hundredth. */
export function sparing(tell: Tell, { total }: Progress): Tell {
  let part = 0;
  return (told) => {
    const { step } = told;
    if (step.type === 'PROGRESS') {
      const reached = Math.floor((finest * step.done) / total);
      if (reached === part) return undefined;
      part = reached;
    }
    return tell(told);
  };
}

/** How much of its passes is behind a target that has told this, from 0 to 1. */
export function progressAfter(step: AttributionStep, { total }: Pick<Progress, 'total'>, layerCount: number): number {
  switch (step.type) {
    case 'STARTED':
      return 0;
    case 'FORWARD':
      return (step.layer + 1) / total;
    case 'REVERSE':
      return (2 * layerCount - step.layer) / total;
    case 'PROGRESS':
      return step.done / total;
  }
}
