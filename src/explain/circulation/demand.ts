import { type Demand, type ModelCost, sum, times } from '../../inference/cost.ts';
import type { CirculationRequest } from './event.ts';

const floatBytes = 4;

/** What a circulation takes: one pass of a stack of rows, and the lens after every block. */
export function circulationDemand(model: ModelCost, { inputIds, track, layers }: CirculationRequest): Demand {
  const length = inputIds.length;
  // The residual stream, every tracked token, all the rest.
  const rows = track.length + 2;
  const { width, headCount } = model.model;
  return {
    cost: sum(model.embedding(length), model.circulation(rows, length, layers), times(layers + 1, model.target(1))),
    // The stack before and after a block, and what one event tells of every tracked token.
    activations:
      floatBytes * length * (2 * rows * width + track.length * (4 + 3 * headCount)) +
      model.circulationWork(rows, length),
  };
}
