/** The lens of blocks that have been passed: of several at once where they follow so fast that nobody has to wait for it. */
import { type Cost, type ModelCost, times } from '../inference/cost.ts';
import type { LoadedModel } from '../inference/loaded-model.ts';
import { type LensTokenResult, readEach, type TargetReading, type TargetRequest } from '../inference/target.ts';
import { stacked } from '../inference/tensor.ts';

/** Milliseconds that an event is held back at the most, as far as the next block can be foreseen. */
const patience = 25;
/** Blocks whose events are held back together at the most. */
export const mostTogether = 4;
/** Rows up to which the unembedding is read in little more than the time of one. */
export const mostRows = 16;

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
 * What the model would say if it ended where each of these rows is its last.
 * @param rows the residual stream at a target's position after some block, [width] each
 * @param targets of each row, of logits @param top how many of the likeliest tokens
 */
export async function readLens(
  model: LoadedModel,
  rows: readonly Float32Array[],
  targets: readonly TargetRequest[],
  top: number,
): Promise<TargetReading[]> {
  const readings: TargetReading[] = [];
  for (let start = 0; start < rows.length; start += mostRows) {
    const x = stacked(rows.slice(start, start + mostRows), 1, model.specification.width);
    const asked = targets.slice(start, start + mostRows).map((target) => ({ ...target, position: 0 }));
    readings.push(...(await readEach(model, x, asked, top)));
  }
  return readings;
}

/** The target as a token of the lens. */
export function lensToken({ target: { token, cappedLogit, probability, rank } }: TargetReading): LensTokenResult {
  return { token, logit: cappedLogit, probability, rank };
}

/**
 * Of blocks that follow fast, and of targets, the unembedding is read once for several.
 * @param blocks what so many layers take
 */
export function lensCost(model: ModelCost, blocks: Cost, layers: number, targets = 1): Cost {
  const together = Math.min(mostTogether, 1 + Math.floor((meanwhile * layers) / blocks.flops));
  const rows = Math.min(together * targets, mostRows);
  return times((layers * targets) / rows, model.target(rows));
}
