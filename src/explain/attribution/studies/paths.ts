import { sum } from '../../../inference/cost.ts';
import { forwardPass, inputsOf } from '../../../inference/forward-pass.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { at, dot } from '../../../inference/rows.ts';
import { eachIn, readWhole, type TargetReading } from '../../../inference/target.ts';
import { floats, floatsOf, rowsOf, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import { keepsAll } from '../../../onnx/skip.ts';
import { originOf, pathsGrain } from '../paths-grain.ts';
import type { AttributionSelection, Component, Grains } from '../result.ts';
import { Strongest } from '../strongest.ts';
import type { Study } from './study.ts';

export interface PathResult {
  /** In the order in which it goes through them. */
  readonly components: readonly Component[];
  readonly score: number;
}

export interface PathsResult {
  /** What all paths of order 0, 1 and 2 carry. */
  readonly sums: readonly number[];
  /** What all longer ones do. */
  readonly longer: number;
  /** Of order 1 and of order 2 the strongest paths. */
  readonly strongest: readonly (readonly PathResult[])[];
}

declare module '../result.ts' {
  interface Grains {
    /** Paths through the frozen map, from all tokens (`ALL`) or from the one at a position, which may count from the end. */
    [paths: `paths.${string}`]: PathsResult;
  }
}

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
  name: 'paths',
  version: 1,
  examples: { [pathsGrain(null)]: 5, [pathsGrain(0)]: 5 },
  description: 'The ways on which embeddings reach the logit: straight, through one component, through two.',
  exists: (key, method, length) => method.name === 'FROZEN' && originOf(key, length) !== undefined,
  graphs: ['paths', 'pathScores'],
  // Nothing behind the target is on a way to it.
  demand(model, { end: length, reads }, selection) {
    const origins = Object.keys(selection).length;
    return {
      cost: sum(model.embedding(length), model.forward(1, length), model.target(reads), model.paths(origins, length)),
      activations:
        model.activations.kept('paths', 1, length, () => []) +
        model.activations.pathsKept(origins, length) +
        model.activations.pathsWork(origins, length),
    };
  },
  async run(model, { inputIds, target }, selection, { tokens }, gate) {
    const origins = originsOf(selection, inputIds.length);
    if (origins.length === 0) return {};
    const end = target.position + 1;
    const positions = model.positions(inputIds.length, { from: 0, to: end });
    const pass = await forwardPass(model, inputIds.slice(0, end), gate, inputsOf(model, 'paths'), positions);
    const readings = eachIn(await readWhole(model, pass.last, target));
    let start = startOf(readings, end);
    const collected = origins.map(
      ({ count }): Collected => ({ sums: [0, 0, 0], strongest: [new Strongest(count), new Strongest(count)] }),
    );

    const { blocks } = model.specification;
    /** What of the embeddings enters each block by residual connections alone. */
    const entering = [embeddingsOf(pass.x, origins)];
    for (const [layer, block] of blocks.entries()) {
      const x = entering[layer] as Tensor;
      entering.push(keepsAll(block) ? x : await skipped(model, layer, pass.saved[layer] ?? {}, x, 'after'));
    }
    /** `grads` of the blocks above the one that is passed. */
    const later: { readonly layer: number; grads: Tensor }[] = [];
    for (const [layer, block] of [...blocks.entries()].reverse()) {
      await gate.pass(layer);
      const saved = pass.saved.pop() ?? {};
      const feeds = { ...saved, ...pass.positions.of(block), x: entering[layer] as Tensor, grad: start };
      const { outs, grads, ...within } = await model.runBlock('paths', layer, feeds);
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
        const { outs_within: heads = parts, grads_within: mlp } = within;
        await scores(model, heads, mlp ?? (grads as Tensor), (row, [from, to], score) => {
          if (from >= headCount || (!mlp && to !== headCount)) return;
          collect(collected[row], 2, [componentOf(model, layer, from), componentOf(model, layer, headCount)], score);
        });
      }
      later.push({ layer, grads: grads as Tensor });
      if (keepsAll(block)) continue;
      start = await skipped(model, layer, saved, start, 'before');
      for (const above of later.slice(0, -1)) above.grads = await skipped(model, layer, saved, above.grads, 'before');
    }
    for (const [row, { position }] of origins.entries()) {
      const there = readings.filter((reading) => position === null || position === reading.target.position);
      for (const reading of there)
        (collected[row] as Collected).sums[0] += dotAt(start, pass.x, reading.target.position);
    }
    const grains: Partial<Grains> = {};
    for (const [row, { grain, position }] of origins.entries()) {
      const { sums, strongest } = collected[row] as Collected;
      const whole = position === null ? tokens.reduce((sum, score) => sum + score, 0) : at(tokens, position);
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

/** The embeddings of each origin, zero elsewhere, and for one behind the target everywhere: [origins, position, width]. */
function embeddingsOf(x: Tensor, origins: readonly Origin[]): Tensor {
  const [, length = 0, width = 0] = x.dims;
  const whole = floatsOf({ x }, 'x');
  const values = new Float32Array(origins.length * length * width);
  for (const [row, { position }] of origins.entries()) {
    const [from, to] = position === null ? [0, length] : [position, position + 1];
    if (to > length) continue;
    values.set(whole.subarray(from * width, to * width), (row * length + from) * width);
  }
  return floats(values, origins.length, length, width);
}

/** g^L, [1, position, width]. */
function startOf(readings: readonly TargetReading[], length: number): Tensor {
  const width = readings[0]?.direction.length ?? 0;
  const values = new Float32Array(length * width);
  for (const { direction, target } of readings) values.set(direction, target.position * width);
  return floats(values, 1, length, width);
}

async function scores(
  model: LoadedModel,
  outs: Tensor,
  grads: Tensor,
  each: (row: number, pair: readonly [from: number, to: number], score: number) => void,
): Promise<void> {
  const [rows = 0, components = 0] = outs.dims;
  const { scores } = await model.run('pathScores', { outs, grads });
  const pairs = rowsOf(scores as Tensor);
  for (let row = 0; row < rows; row++) {
    for (let from = 0; from < components; from++) {
      for (const [to, score] of pairs.row(row * components + from).entries()) each(row, [from, to], score);
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

/** ⟨grad, x⟩ at one position. @param grad, x [1, position, width] */
function dotAt(grad: Tensor, x: Tensor, position: number): number {
  return dot(rowsOf(grad).row(position), rowsOf(x).row(position));
}

/** Rows taken past the parts of a block, from before it to after it or back. @param rows [rows, position, width] */
async function skipped(
  model: LoadedModel,
  layer: number,
  saved: Tensors,
  rows: Tensor,
  way: 'after' | 'before',
): Promise<Tensor> {
  return (await model.runBlock('skip', layer, { ...saved, rows }, [way]))[way] as Tensor;
}
