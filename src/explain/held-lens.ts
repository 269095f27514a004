/** The lens of blocks that have been passed: of several at once where they follow so fast that nobody has to wait for it. */
import { type Cost, type ModelCost, times } from '../inference/cost.ts';
import type { LoadedModel } from '../inference/loaded-model.ts';
import { type LensTokenResult, readTargets, type TargetReading, type TargetRequest } from '../inference/target.ts';
import { stacked } from '../inference/tensor.ts';

/** Milliseconds that an event is held back at the most, as far as the next block can be foreseen. */
const patience = 25;
/** Rows up to which the unembedding is read in the time of one. */
export const mostTogether = 4;

/** What a processor multiplies about while an event may be held back. */
const meanwhile = 3.8e9;

/** A block that has been passed. */
export interface Timed {
  /** Milliseconds that it took, and when it was passed. */
  readonly elapsed: number;
  readonly passedAt: number;
}

/** Whether the first of these would wait too long for one more block. */
export function isDue(untold: readonly Timed[]): boolean {
  const [first, last] = [untold[0], untold.at(-1)];
  if (!first || !last) return false;
  return untold.length >= mostTogether || last.passedAt + last.elapsed - first.passedAt > patience;
}

/**
 * What the model would say if it ended after each of some blocks.
 * @param rows the residual stream at the target's position after each of them, [width] each
 * @param top how many of the likeliest tokens
 */
export function readLens(
  model: LoadedModel,
  rows: readonly Float32Array[],
  target: TargetRequest,
  top: number,
): Promise<TargetReading[]> {
  const x = stacked(rows, 1, model.specification.width);
  return readTargets(model, x, rows.length, { ...target, position: 0 }, top);
}

/** The target as a token of the lens. */
export function lensToken({ target: { token, cappedLogit, probability, rank } }: TargetReading): LensTokenResult {
  return { token, logit: cappedLogit, probability, rank };
}

/** Of blocks that follow fast, the unembedding is read once for several. @param blocks what so many layers take */
export function lensCost(model: ModelCost, blocks: Cost, layers: number): Cost {
  const together = Math.min(mostTogether, 1 + Math.floor((meanwhile * layers) / blocks.flops));
  return times(layers / together, model.target(together));
}
