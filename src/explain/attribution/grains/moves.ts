import { sum } from '../../../inference/cost.ts';
import { accumulate } from '../../../inference/rows.ts';
import { floatsOf, type Tensor } from '../../../inference/tensor.ts';
import type { Grains, TensorResult } from '../result.ts';
import { type Grain, throughBlocks } from './grain.ts';
import {
  type Marginal,
  marginalOf,
  marginalsAt,
  moveAxes,
  movePaths,
  movesGrain,
  movesSizes,
  sourcesGrain,
  there,
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
  /** Per block that it has something of, first to last, each the block's marginal. */
  readonly blocks: TensorResult[];
}

/**
 * The exact tensor A[to, from]·⟨g_z[to], v[from]⟩ of all heads, or any marginal of it: summed within onnxruntime, but over
 * chosen heads alone here. Of blocks that are not chosen nothing is made.
 */
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
    const marginal = marginalOf(key);
    const sizes = movesSizes(marginal ?? {}, { layerCount, headCount }, length);
    return marginal?.axes.reduce((product, axis) => product * sizes[axis], 1) ?? 0;
  },
  reader(model, selection) {
    const asked = Object.keys(selection).flatMap((key): Asked[] => {
      const marginal = marginalOf(key);
      return marginal ? [{ ...marginal, blocks: [] }] : [];
    });
    let target = 0;
    return {
      reversed: () => reversedFor(asked.map(({ path }) => path)),
      async read(passed) {
        target = passed.positions.from;
        for (const { grain, path, axes, heads, blocks } of asked) {
          const index = marginalsAt(selection, path, passed.layer).findIndex((marginal) => marginal.grain === grain);
          if (index < 0) continue;
          const read = await readMoves(model, selection, path, passed);
          const name = `moves.${index}`;
          const block = { shape: (read[name] as Tensor).dims, values: floatsOf(read, name) };
          blocks.unshift(heads ? ofHeads(block, heads, axes.includes('HEAD')) : block);
        }
      },
      result: (length) => {
        const grains: Partial<Grains> = {};
        for (const { grain, path, axes, blocks, layers, heads } of asked) {
          const sizes = movesSizes({ layers, heads }, model.specification, length);
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

/** Those of chosen heads, or their sum. @param block [head, …] */
function ofHeads({ shape, values }: TensorResult, chosen: readonly number[], kept: boolean): TensorResult {
  const [count = 0, ...rest] = shape;
  const size = rest.reduce((product, length) => product * length, 1);
  const heads = there(chosen, count).map((head) => ({
    shape: rest,
    values: values.subarray(head * size, (head + 1) * size),
  }));
  return kept ? stacked(heads) : summed(heads);
}

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
