import { sum } from '../../../inference/cost.ts';
import { accumulate } from '../../../inference/rows.ts';
import { floatsOf, type Tensor } from '../../../inference/tensor.ts';
import type { Grains, TensorResult } from '../result.ts';
import { type Grain, throughBlocks } from './grain.ts';
import {
  type Marginal,
  marginalOf,
  marginalsIn,
  moveAxes,
  movePaths,
  movesGrain,
  sourcesGrain,
} from './moves-grain.ts';
import { movesCost, readMoves, reversedFor } from './moves-readout.ts';
import { withZeros } from './zeros.ts';

declare module '../result.ts' {
  interface Grains {
    /** A[t,u]·⟨g_z[t], v[u]⟩ of every head, or a marginal of it: by a `MovePath` and the axes that are kept. */
    [moves: `moves.${string}`]: TensorResult;
  }
}

interface Asked extends Marginal {
  /** Among those of its path. */
  readonly index: number;
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
  cost: (model, length, selection) =>
    sum(...movePaths.map((path) => movesCost(model, length, selection, path).marginals)),
  work: (model, length) => model.activations.movesWork(length),
  // Summed over the blocks at the end, or kept block by block.
  size(key, { layerCount, headCount }, length) {
    const sizes = { LAYER: layerCount, HEAD: headCount, TO: length, FROM: length };
    return marginalOf(key)?.axes.reduce((product, axis) => product * sizes[axis], 1) ?? 0;
  },
  reader(model, selection) {
    const asked = Object.keys(selection).flatMap((key): Asked[] => {
      const marginal = marginalOf(key);
      if (!marginal) return [];
      const index = marginalsIn(selection, marginal.path).findIndex(({ grain }) => grain === marginal.grain);
      return [{ ...marginal, index, blocks: [] }];
    });
    let target = 0;
    return {
      reversed: () => reversedFor(asked.map(({ path }) => path)),
      async read(passed) {
        target = passed.position;
        for (const { path, index, blocks } of asked) {
          const read = await readMoves(model, selection, path, passed);
          const name = `moves.${index}`;
          blocks.unshift({ shape: (read[name] as Tensor).dims, values: floatsOf(read, name) });
        }
      },
      result: (length) => {
        const { headCount, layerCount } = model.specification;
        const sizes = { LAYER: layerCount, HEAD: headCount, TO: length, FROM: length };
        const grains: Partial<Grains> = {};
        for (const { grain, path, axes, blocks } of asked) {
          const read = axes.includes('LAYER') ? stacked(blocks) : summed(blocks);
          grains[grain] = withZeros(
            read,
            axes.map((axis) => sizes[axis]),
            // Directly everything goes to the target.
            axes.map((axis) => (path === 'DIRECT' && axis === 'TO' ? target : 0)),
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
