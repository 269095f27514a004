import { type Demand, type ModelCost, sum } from '../../inference/cost.ts';
import { eachOf, mostRead, type TargetRequest } from '../../inference/target.ts';

/** What it takes to read targets off the stream after the last block: those of one kind together, so many positions at a time. */
export function readingDemand(model: ModelCost, ...targets: readonly TargetRequest[]): Demand {
  const kinds = Map.groupBy(targets.flatMap(eachOf), ({ kind }) => kind);
  const rows = Array.from(kinds.values()).flatMap(({ length }) =>
    Array.from({ length: Math.ceil(length / mostRead) }, (_, index) => Math.min(mostRead, length - index * mostRead)),
  );
  const most = Math.max(...rows);
  return {
    cost: sum(...rows.map((count) => model.target(count))),
    activations: most === 1 ? 0 : model.activations.targetWork(most),
  };
}
