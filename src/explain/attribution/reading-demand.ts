import { type Demand, type ModelCost, sum } from '../../inference/cost.ts';
import { eachOf, mostRead, type TargetRequest } from '../../inference/target.ts';

/** What it takes to read a target off the stream after the last block: a span so many positions at a time. */
export function readingDemand(model: ModelCost, target: TargetRequest): Demand {
  const { length } = eachOf(target);
  const rows = Array.from({ length: Math.ceil(length / mostRead) }, (_, index) =>
    Math.min(mostRead, length - index * mostRead),
  );
  return {
    cost: sum(...rows.map((count) => model.target(count))),
    activations: length === 1 ? 0 : model.activations.targetWork(Math.max(...rows)),
  };
}
