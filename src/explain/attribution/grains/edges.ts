import { sum } from '../../../inference/cost.ts';
import { at } from '../../../inference/rows.ts';
import { floatsOf, integersOf, type Tensor } from '../../../inference/tensor.ts';
import type { Grains } from '../result.ts';
import { type Grain, throughBlocks } from './grain.ts';
import { type MovePath, movePaths } from './moves-grain.ts';
import { edgesIn, movesCost, readMoves, reversedFor } from './moves-readout.ts';

export interface EdgeResult {
  readonly layer: number;
  readonly head: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  /** By the path that it was asked for by. */
  readonly score: number;
}

declare module '../result.ts' {
  interface Grains {
    /** The strongest (layer, head, from, to) moves of the whole model, by a `MovePath`. */
    'edges.TOTAL': readonly EdgeResult[];
    'edges.DIRECT': readonly EdgeResult[];
  }
}

/** The strongest moves of the whole model, by the magnitude of what they contribute directly or in total. */
export const edges: Grain = {
  name: 'edges',
  version: 1,
  examples: { 'edges.TOTAL': 5, 'edges.DIRECT': 5 },
  description: 'The moves of attention heads that contribute most: from which position to which, directly or in total.',
  exists: throughBlocks,
  saved: () => ['value'],
  cost: (model, length, selection) => sum(...movePaths.map((path) => movesCost(model, length, selection, path).edges)),
  work: (model, length) => model.activations.movesWork(length),
  reader(model, selection) {
    const asked = movePaths.map((path) => ({ path, count: edgesIn(selection, path) })).filter(({ count }) => count > 0);
    const found = new Map<MovePath, EdgeResult[]>(asked.map(({ path }) => [path, []]));
    return {
      reversed: () => reversedFor(asked.map(({ path }) => path)),
      async read(passed) {
        const { layer, tensors, positions } = passed;
        const length = (tensors.pattern as Tensor).dims[3] ?? 0;
        for (const { path } of asked) {
          const out = await readMoves(model, selection, path, passed);
          const scores = floatsOf(out, 'scores');
          const weights = floatsOf(out, 'weights');
          // Directly everything goes to the target.
          const to =
            path === 'DIRECT'
              ? { first: positions.from, count: positions.to - positions.from }
              : { first: 0, count: length };
          const block = integersOf(out, 'indices').map((index, rank) => ({
            layer,
            head: Math.floor(index / (to.count * length)),
            to: to.first + (Math.floor(index / length) % to.count),
            from: index % length,
            weight: at(weights, rank),
            score: at(scores, rank),
          }));
          found.get(path)?.push(...block.filter(({ from, to }) => from <= to));
        }
      },
      result: () => {
        const grains: Partial<Grains> = {};
        for (const { path, count } of asked) {
          grains[`edges.${path}`] = found.get(path)?.sort(byMagnitude).slice(0, count) ?? [];
        }
        return grains;
      },
    };
  },
};

function byMagnitude(a: EdgeResult, b: EdgeResult): number {
  return (
    Math.abs(b.score) - Math.abs(a.score) || a.layer - b.layer || a.head - b.head || a.to - b.to || a.from - b.from
  );
}
