import { floatsOf, integers, integersOf, type Tensor } from '../../../inference/tensor.ts';
import { type EdgeResult, type Grains, type MovePath, movePaths } from '../result.ts';
import type { Grain } from './grain.ts';
import { pathTensors } from './moves.ts';

/** The strongest moves of the whole model, by the magnitude of what they contribute directly or in total. */
export const edges: Grain = (model, selection) => {
  const asked = movePaths
    .map((path) => ({ path, count: selection[`edges.${path}` as const] ?? 0 }))
    .filter(({ count }) => count > 0);
  if (asked.length === 0) return undefined;
  const found = new Map<MovePath, EdgeResult[]>(asked.map(({ path }) => [path, []]));
  return {
    saved: () => ['pattern', 'value'],
    reversed: () => asked.map(({ path }) => pathTensors[path].reversed),
    async read({ layer, tensors, position }) {
      const [, heads = 0, length = 0] = (tensors.pattern as Tensor).dims;
      for (const { path, count } of asked) {
        const top = integers([Math.min(count, heads * length * length)]);
        const out = await model.run('strongestEdges', { ...tensors, ...pathTensors[path].of(tensors, position), top });
        const scores = floatsOf(out, 'scores');
        const weights = floatsOf(out, 'weights');
        const block = integersOf(out, 'indices').map((index, rank) => ({
          layer,
          head: Math.floor(index / (length * length)),
          to: Math.floor(index / length) % length,
          from: index % length,
          weight: weights[rank] as number,
          score: scores[rank] as number,
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
};

function byMagnitude(a: EdgeResult, b: EdgeResult): number {
  return (
    Math.abs(b.score) - Math.abs(a.score) || a.layer - b.layer || a.head - b.head || a.to - b.to || a.from - b.from
  );
}
