import { floats, floatsOf, integers, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import { type Grains, type MovePath, moveAxes, type TensorResult } from '../result.ts';
import type { Grain } from './grain.ts';
import { type Marginal, marginalOf } from './moves-grain.ts';

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
      const values = new Float32Array(heads * length * headWidth);
      for (const head of Array(heads).keys()) {
        const row = floatsOf({ direct: direct as Tensor }, 'direct').subarray(head * headWidth, (head + 1) * headWidth);
        values.set(row, (head * length + position) * headWidth);
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
export const moves: Grain = (model, selection) => {
  const asked = Object.keys(selection).flatMap((grain): Asked[] => {
    const marginal = marginalOf(grain);
    return marginal ? [{ ...marginal, blocks: [] }] : [];
  });
  if (asked.length === 0) return undefined;
  return {
    saved: () => ['pattern', 'value'],
    reversed: () => asked.map(({ path }) => pathTensors[path].reversed),
    async read({ tensors, position }) {
      for (const { path, axes, blocks } of asked) {
        // Axes of [1, head, to, from].
        const summed = [0, ...moveAxes.flatMap((axis, index) => (index === 0 || axes.includes(axis) ? [] : [index]))];
        const feeds = { ...tensors, ...pathTensors[path].of(tensors, position), summed: integers(summed) };
        const { moves: block } = await model.run('moves', feeds);
        blocks.unshift({ shape: (block as Tensor).dims, values: floatsOf({ block: block as Tensor }, 'block') });
      }
    },
    result: () => {
      const grains: Partial<Grains> = {};
      for (const { grain, axes, blocks } of asked) {
        grains[grain] = axes.includes('LAYER') ? stacked(blocks) : summed(blocks);
      }
      return grains;
    },
  };
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
  for (const { values } of blocks) for (const [index, value] of values.entries()) (total[index] as number) += value;
  return { shape: first?.shape ?? [], values: Float32Array.from(total) };
}
