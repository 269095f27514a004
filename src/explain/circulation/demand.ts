import { floatBytes } from '../../inference/activations.ts';
import { type Demand, type ModelCost, sum } from '../../inference/cost.ts';
import { lensCost, mostTogether } from '../held-lens.ts';
import type { CirculationRequest } from './event.ts';
import { tells } from './figures.ts';
import { auditedPositions, firstTracked } from './places.ts';

/** What a circulation takes: one pass with the shares beside it, and the lens where it is asked for. */
export function circulationDemand(model: ModelCost, request: CirculationRequest): Demand {
  const { inputIds, track, layers } = request;
  const length = inputIds.length;
  const following = length - firstTracked(request);
  const shape = {
    length,
    tracked: track.length,
    following,
    audited: Math.min(auditedPositions, following + 1),
    heads: tells(request, 'HEADS'),
  };
  const { width, headCount } = model.model;
  const blocks = model.circulation(shape, layers);
  const lens = tells(request, 'LENS');
  const perToken = 4 + (shape.heads ? headCount : 0) + (tells(request, 'PATTERNS') ? 2 * headCount : 0);
  return {
    cost: sum(model.embedding(length), blocks, lens ? lensCost(model, blocks, layers) : model.target(1)),
    // The residual stream and the shares before and after a block, and what the events tell that wait for the lens.
    activations:
      floatBytes *
        (2 * (length + track.length * following) * width +
          (lens ? mostTogether : 1) * length * track.length * perToken) +
      model.activations.passedStreams(layers, length) +
      Math.max(model.activations.circulationWork(shape), model.activations.targetWork(lens ? mostTogether : 1)),
  };
}
