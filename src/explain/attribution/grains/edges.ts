import { at } from '../../../inference/rows.ts';
import { floatsOf, integers, integersOf, type Tensor } from '../../../inference/tensor.ts';
import type { Grains } from '../result.ts';
import { type Grain, throughBlocks } from './grain.ts';
import { pathTensors } from './moves.ts';
import { type MovePath, movePaths } from './moves-grain.ts';

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
  cost: (model, length) => model.moves(length),
  work: (model, length) => model.activations.movesWork(length),
  reader(model, selection) {
    const asked = movePaths
      .map((path) => ({ path, count: selection[`edges.${path}` as const] ?? 0 }))
      .filter(({ count }) => count > 0);
    const found = new Map<MovePath, EdgeResult[]>(asked.map(({ path }) => [path, []]));
    return {
      reversed: () => ['pattern', ...asked.map(({ path }) => pathTensors[path].reversed)],
      async read({ layer, tensors, position }) {
        const [, heads = 0, length = 0] = (tensors.pattern as Tensor).dims;
        for (const { path, count } of asked) {
          const top = integers([Math.min(count, heads * length * length)]);
          const out = await model.run('strongestEdges', {
            ...tensors,
            ...pathTensors[path].of(tensors, position),
            top,
          });
          const scores = floatsOf(out, 'scores');
          const weights = floatsOf(out, 'weights');
          const block = integersOf(out, 'indices').map((index, rank) => ({
            layer,
            head: Math.floor(index / (length * length)),
            to: Math.floor(index / length) % length,
            from: index % length,
            weight: at(weights, rank),
            score: at(scores, rank),
          }));
          found.get(path)?.push(...block.filter(({ from, to }) => from <= to && (path === 'TOTAL' || to === position)));
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
