import { forwardPass, inputsOf } from '../../model/forward-pass.ts';
import type { LoadedModel } from '../../model/loaded-model.ts';
import { readTarget } from '../../model/target.ts';
import { floats, floatsOf, type Tensor } from '../../model/tensor.ts';
import { originOf } from '../paths-grain.ts';
import type { AttributionSelection, Component, Grains, PathResult } from '../result.ts';
import { Strongest } from '../strongest.ts';
import type { Study } from './study.ts';

type PathsGrain = Extract<keyof Grains, `paths.${string}`>;

/** Where paths begin: at all tokens, or at the one at `position`. */
interface Origin {
  readonly grain: PathsGrain;
  readonly position: number | null;
  readonly count: number;
}

/** Collects the paths of one origin. */
interface Collected {
  readonly sums: [zero: number, one: number, two: number];
  readonly strongest: readonly [one: Strongest<PathResult>, two: Strongest<PathResult>];
}

/**
 * The path expansion of the frozen map: its embeddings reach the logit straight (order 0), through one head or MLP
 * (order 1), through two (order 2: virtual heads among them) or more. Σ orders + longer = Σ tokens; with the biases, the
 * logit. Blocks are walked from the last to the first: at each, what its components make of the embeddings (`outs`) meets
 * the transposes of all later ones (`grads`), so that every pair is one entry of a matrix product.
 */
export const paths: Study = {
  computes: (grain) => grain.startsWith('paths.'),
  graphs: ['paths', 'pathScores'],
  needs: {},
  async run(model, { inputIds, target }, selection, { tokens }, gate) {
    const origins = originsOf(selection, inputIds.length);
    if (origins.length === 0) return {};
    const pass = await forwardPass(model, inputIds, gate, inputsOf(model, 'paths'));
    const { direction } = await readTarget(model, pass.last, target);
    const x = rowsOf(pass.x, origins);
    const start = startOf(direction, target.position, inputIds.length);
    const collected = origins.map(({ position, count }): Collected => {
      const straight = position === null || position === target.position;
      const zero = straight ? dot(direction, floatsOf({ x: pass.x }, 'x'), target.position) : 0;
      return { sums: [zero, 0, 0], strongest: [new Strongest(count), new Strongest(count)] };
    });

    const { blocks } = model.specification;
    /** `grads` of the blocks above the one that is passed. */
    const later: { readonly layer: number; readonly grads: Tensor }[] = [];
    for (const [layer, block] of [...blocks.entries()].reverse()) {
      gate.pass(layer);
      const saved = pass.saved.pop() ?? {};
      const feeds = { ...saved, ...pass.positions.of(block), x, grad: start };
      const { outs, grads } = await model.runBlock('paths', layer, feeds);
      const parts = outs as Tensor;
      await scores(model, parts, start, (row, [from], score) => {
        collect(collected[row], 1, [componentOf(model, layer, from)], score);
      });
      for (const above of later) {
        await scores(model, parts, above.grads, (row, [from, to], score) => {
          collect(collected[row], 2, [componentOf(model, layer, from), componentOf(model, above.layer, to)], score);
        });
      }
      // Within a block only the MLP comes after the heads, and not where both read the block's input.
      if (block.mlp && !block.parallel) {
        const { headCount } = model.specification;
        await scores(model, parts, grads as Tensor, (row, [from, to], score) => {
          if (from >= headCount || to !== headCount) return;
          collect(collected[row], 2, [componentOf(model, layer, from), componentOf(model, layer, to)], score);
        });
      }
      later.push({ layer, grads: grads as Tensor });
    }
    const grains: Partial<Grains> = {};
    for (const [row, { grain, position }] of origins.entries()) {
      const { sums, strongest } = collected[row] as Collected;
      const whole = position === null ? tokens.reduce((sum, score) => sum + score, 0) : (tokens[position] as number);
      grains[grain] = {
        sums,
        longer: whole - sums[0] - sums[1] - sums[2],
        strongest: strongest.map((order) => order.list()),
      };
    }
    return grains;
  },
};

/** Positions outside of the prompt are left out. */
function originsOf(selection: AttributionSelection, length: number): Origin[] {
  return (Object.entries(selection) as [PathsGrain, number][]).flatMap(([grain, count]): Origin[] => {
    const position = originOf(grain, length);
    return position === undefined ? [] : [{ grain, position, count }];
  });
}

/** The embeddings of each origin, zero elsewhere: [origins, position, width]. */
function rowsOf(x: Tensor, origins: readonly Origin[]): Tensor {
  const [, length = 0, width = 0] = x.dims;
  const whole = floatsOf({ x }, 'x');
  const values = new Float32Array(origins.length * length * width);
  for (const [row, { position }] of origins.entries()) {
    const [from, to] = position === null ? [0, length] : [position, position + 1];
    values.set(whole.subarray(from * width, to * width), (row * length + from) * width);
  }
  return floats(values, origins.length, length, width);
}

/** g^L, [1, position, width]. */
function startOf(direction: Float32Array, position: number, length: number): Tensor {
  const values = new Float32Array(length * direction.length);
  values.set(direction, position * direction.length);
  return floats(values, 1, length, direction.length);
}

async function scores(
  model: LoadedModel,
  outs: Tensor,
  grads: Tensor,
  each: (row: number, pair: readonly [from: number, to: number], score: number) => void,
): Promise<void> {
  const [rows = 0, components = 0] = outs.dims;
  const others = grads.dims[0] ?? 0;
  const values = floatsOf(await model.run('pathScores', { outs, grads }), 'scores');
  for (let row = 0; row < rows; row++) {
    for (let from = 0; from < components; from++) {
      const start = (row * components + from) * others;
      for (let to = 0; to < others; to++) each(row, [from, to], values[start + to] as number);
    }
  }
}

function componentOf({ specification }: LoadedModel, layer: number, index: number): Component {
  return { layer, head: index < specification.headCount ? index : null };
}

function collect(
  collected: Collected | undefined,
  order: 1 | 2,
  components: readonly Component[],
  score: number,
): void {
  if (!collected) return;
  collected.sums[order] += score;
  collected.strongest[order - 1]?.add(Math.abs(score), { components, score });
}

/** @param rows [position, width] */
function dot(direction: Float32Array, rows: Float32Array, position: number): number {
  const start = position * direction.length;
  return direction.reduce((sum, value, index) => sum + value * (rows[start + index] as number), 0);
}
