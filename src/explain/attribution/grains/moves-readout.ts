/** What grains read off the moves of a block. The moves by a path are made once, for all that a selection reads off them. */
import { type Cost, type ModelCost, nothing, sum, times } from '../../../inference/cost.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { cut, integers, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import type { AttributionSelection } from '../result.ts';
import type { BlockPassed } from './grain.ts';
import { type MovePath, marginalsAt, marginalsIn, moveAxes, there } from './moves-grain.ts';

/**
 * What heads' moves are weighed with, by path: an output of the reverse graph, `grad_z` [1, heads, to, headWidth], and the
 * `pattern` [1, heads, to, from] of the same destinations.
 */
const paths: Readonly<
  Record<MovePath, { readonly reversed: string; of(passed: Pick<BlockPassed, 'tensors' | 'positions'>): Tensors }>
> = {
  TOTAL: { reversed: 'grad_z', of: ({ tensors }) => tensors },
  DIRECT: {
    reversed: 'direct_z',
    // Only the target's positions write straight to the logit.
    of: ({ tensors, positions }) => ({
      ...tensors,
      grad_z: tensors.direct_z as Tensor,
      pattern: cut(tensors.pattern as Tensor, 2, positions),
    }),
  },
};

/** Outputs of a block's reverse graph that moves by these paths are made of. */
export function reversedFor(asked: Iterable<MovePath>): string[] {
  return ['pattern', ...Array.from(asked, (path) => paths[path].reversed)];
}

export function edgesIn(selection: AttributionSelection, path: MovePath): number {
  return selection[`edges.${path}`] ?? 0;
}

/** What it takes to read a selection's marginals and edges of a path; to make the moves counts once. */
export function movesCost(
  model: ModelCost,
  length: number,
  selection: AttributionSelection,
  path: MovePath,
): { readonly marginals: Cost; readonly edges: Cost } {
  const to = path === 'DIRECT' ? 1 : length;
  const [making, reading] = [model.moves(length, to), model.movesRead(length, to)];
  const { layerCount } = model.model;
  const blocks = marginalsIn(selection, path).map(({ layers }) => there(layers, layerCount));
  const made = new Set(blocks.flat()).size / layerCount;
  const read = blocks.flat().length / layerCount;
  return {
    marginals: sum(times(made, making), times(read, reading)),
    edges: edgesIn(selection, path) > 0 ? sum(times(1 - made, making), reading) : nothing,
  };
}

/** By block and path: several grains read the same. */
const made = new WeakMap<BlockPassed, Map<MovePath, Promise<Tensors>>>();

/**
 * All that a selection reads off a block's moves by a path, in one run of a graph, as `moves` of `onnx/readout.ts` gives it:
 * marginals in the order of `marginalsAt`, those of chosen heads of all heads, and edges, of those of `DIRECT` [heads, to, from]
 * with the target's positions alone as destinations.
 * @param passed as every reader is given it: the first one has it made
 */
export function readMoves(
  model: LoadedModel,
  selection: AttributionSelection,
  path: MovePath,
  passed: BlockPassed,
): Promise<Tensors> {
  const ofBlock = made.get(passed) ?? new Map<MovePath, Promise<Tensors>>();
  made.set(passed, ofBlock);
  const reading = ofBlock.get(path) ?? run(model, selection, path, passed);
  ofBlock.set(path, reading);
  return reading;
}

function run(
  model: LoadedModel,
  selection: AttributionSelection,
  path: MovePath,
  passed: BlockPassed,
): Promise<Tensors> {
  const marginals = marginalsAt(selection, path, passed.layer);
  const count = edgesIn(selection, path);
  const feeds = { ...paths[path].of(passed) };
  for (const [index, { axes, heads }] of marginals.entries()) {
    const kept = heads ? [...axes, 'HEAD'] : axes;
    // Axes of [1, head, to, from].
    const summed = moveAxes.flatMap((axis, place) => (place === 0 || !kept.includes(axis) ? [place] : []));
    feeds[`summed.${index}`] = integers(summed);
  }
  if (count === 0) return model.run(`moves.${marginals.length}`, feeds);
  const all = (feeds.pattern as Tensor).dims.reduce((product, size) => product * size, 1);
  return model.run(`moves.${marginals.length}.edges`, { ...feeds, top: integers([Math.min(count, all)]) });
}
