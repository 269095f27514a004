import { floatBytes } from '../../inference/activations.ts';
import { type Demand, type ModelCost, nothing, sum, times } from '../../inference/cost.ts';
import { watchedDemand } from '../activations/demand.ts';
import { rowsTogether } from '../activations/end.ts';
import { depthsOf, lensWatched } from './lens.ts';
import type { LensRequest } from './result.ts';

/** One pass, and the unembedding as often as all depths' rows need it. */
export function lensDemand(model: ModelCost, request: LensRequest): Demand {
  const pass = watchedDemand(model, lensWatched(request));
  const { vocabularySize, width } = model.model;
  const rows = depthsOf(request) * request.positions.length;
  const together = Math.min(rows, rowsTogether(vocabularySize));
  // None where every block adds attention and MLP at once, and the stream between them is asked for.
  const read = rows > 0 ? sum(times(rows / together, model.target(together)), { ...nothing, sessions: 1 }) : nothing;
  return {
    cost: sum(pass.cost, read),
    // Logits, capped, their probabilities, and those in float64; one token's are compared at a time.
    activations: floatBytes * 2 * rows * width + Math.max(pass.activations, floatBytes * 8 * together * vocabularySize),
  };
}
