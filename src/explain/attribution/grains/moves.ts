import { accumulate } from '../../../inference/rows.ts';
import { floats, floatsOf, integers, rowsOf, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import type { Grains, TensorResult } from '../result.ts';
import { type Grain, throughBlocks } from './grain.ts';
import { type Marginal, type MovePath, marginalOf, moveAxes, movesGrain, sourcesGrain } from './moves-grain.ts';
import { withZeros } from './zeros.ts';

declare module '../result.ts' {
  interface Grains {
    /** A[t,u]·⟨g_z[t], v[u]⟩ of every head, or a marginal of it: by a `MovePath` and the axes that are kept. */
    [moves: `moves.${string}`]: TensorResult;
  }
}

/** What a head's moves are weighed with, by path: `grad_z` [1, heads, position, headWidth]. */
export const pathTensors: Readonly<
  Record<MovePath, { readonly reversed: string; of(tensors: Tensors, position: number): Tensors }>
> = {
  TOTAL: { reversed: 'grad_z', of: () => ({}) },
  DIRECT: {
    reversed: 'direct_z',
    // Only the target's position writes straight to the logit.
    of: ({ direct_z: direct, pattern }, position) => {
      const [, heads = 0, , headWidth = 0] = (direct as Tensor).dims;
      const length = (pattern as Tensor).dims[2] ?? 0;
      const rows = rowsOf(direct as Tensor);
      const values = new Float32Array(heads * length * headWidth);
      for (const head of Array(heads).keys()) {
        values.set(rows.row(head), (head * length + position) * headWidth);
      }
      return { grad_z: floats(values, 1, heads, length, headWidth) };
    },
  },
};

interface Asked extends Marginal {
  /** Per block, first to last, each the block's marginal. */
  readonly blocks: TensorResult[];
}

/** The exact tensor A[to, from]·⟨g_z[to], v[from]⟩ of all heads, or any marginal of it: summed within onnxruntime. */
export const moves: Grain = {
  name: 'moves',
  version: 1,
  examples: { [sourcesGrain]: 1, [movesGrain('DIRECT', moveAxes)]: 1, [movesGrain('TOTAL', ['HEAD'])]: 1 },
  description: 'The exact tensor of all moves of attention, [layer, head, to, from], or any marginal of it.',
  exists: throughBlocks,
  saved: () => ['value'],
  cost: (model, length) => model.moves(length),
  work: (model, length) => model.activations.movesWork(length),
  // Summed over the blocks at the end, or kept block by block.
  size(key, { layerCount, headCount }, length) {
    const sizes = { LAYER: layerCount, HEAD: headCount, TO: length, FROM: length };
    return marginalOf(key)?.axes.reduce((product, axis) => product * sizes[axis], 1) ?? 0;
  },
  reader(model, selection) {
    const asked = Object.keys(selection).flatMap((grain): Asked[] => {
      const marginal = marginalOf(grain);
      return marginal ? [{ ...marginal, blocks: [] }] : [];
    });
    return {
      reversed: () => ['pattern', ...asked.map(({ path }) => pathTensors[path].reversed)],
      async read({ tensors, position }) {
        for (const { path, axes, blocks } of asked) {
          // Axes of [1, head, to, from].
          const summed = [0, ...moveAxes.flatMap((axis, index) => (index === 0 || axes.includes(axis) ? [] : [index]))];
          const feeds = { ...tensors, ...pathTensors[path].of(tensors, position), summed: integers(summed) };
          const { moves: block } = await model.run('moves', feeds);
          blocks.unshift({ shape: (block as Tensor).dims, values: floatsOf({ block: block as Tensor }, 'block') });
        }
      },
      result: (length) => {
        const { headCount, layerCount } = model.specification;
        const sizes = { LAYER: layerCount, HEAD: headCount, TO: length, FROM: length };
        const grains: Partial<Grains> = {};
        for (const { grain, axes, blocks } of asked) {
          const read = axes.includes('LAYER') ? stacked(blocks) : summed(blocks);
          grains[grain] = withZeros(
            read,
            axes.map((axis) => sizes[axis]),
          );
        }
        return grains;
      },
    };
  },
};

function stacked(blocks: readonly TensorResult[]): TensorResult {
  const size = blocks[0]?.values.length ?? 0;
  const values = new Float32Array(blocks.length * size);
  for (const [layer, block] of blocks.entries()) values.set(block.values, layer * size);
  return { shape: [blocks.length, ...(blocks[0]?.shape ?? [])], values };
}

function summed(blocks: readonly TensorResult[]): TensorResult {
  const [first] = blocks;
  const total = new Float64Array(first?.values.length ?? 0);
  for (const { values } of blocks) accumulate(total, values);
  return { shape: first?.shape ?? [], values: Float32Array.from(total) };
}
