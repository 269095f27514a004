/**
 * What the target loses when a component's output is taken from it and everything after is computed anew: patterns,
 * norms and activations answer to the loss. Beside the component's attributed total it shows erasure and self-repair.
 */
import type { Block } from '../../../architecture/specification.ts';
import { allOf, type Demand, type ModelCost, sum, times } from '../../../inference/cost.ts';
import { embed } from '../../../inference/forward-pass.ts';
import type { Gate } from '../../../inference/gate.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import type { PositionTensors } from '../../../inference/positions.ts';
import { at } from '../../../inference/rows.ts';
import { attributedIn } from '../../../inference/target.ts';
import { floats, floatsOf, type Tensor } from '../../../inference/tensor.ts';
import { batches, batchesAtOnce, passingTokens } from '../batch.ts';
import type { LayerResult } from '../grains/layer-result.ts';
import type { Component, ContributionResult } from '../result.ts';
import type { Reach, Study, StudyInput } from './study.ts';

export const ablationReplacements = ['ZERO', 'MEAN'] as const;
/** What takes the place of a component's output: nothing, or its mean over the prompt's positions. */
export type AblationReplacement = (typeof ablationReplacements)[number];

export interface AblationResult extends Component, ContributionResult {
  /** What is attributed, less what it is without the component. */
  readonly drop: number;
}

declare module '../result.ts' {
  interface Grains {
    /** The strongest components of all blocks. */
    'ablations.ZERO': readonly AblationResult[];
    'ablations.MEAN': readonly AblationResult[];
  }
}

type AblationGrain = `ablations.${AblationReplacement}`;

export const ablations: Study = {
  name: 'ablations',
  version: 1,
  examples: { 'ablations.ZERO': 5, 'ablations.MEAN': 5 },
  description: 'What is lost when a component is ablated, of those to which most is attributed.',
  exists: (_key, method) => method.throughBlocks,
  graphs: ['embedding', 'ablation', 'target'],
  // They come in the order of what is attributed to them.
  needs: { layers: 1 },
  demand(model, reach, selection) {
    const components = model.model.layerCount * (model.model.headCount + 1);
    return allOf(
      ablationReplacements.flatMap((replacement) => {
        const count = Math.min(selection[`ablations.${replacement}`] ?? 0, components);
        return count > 0 ? [dropsDemand(model, count, reach, walkedOf(replacement, reach))] : [];
      }),
    );
  },
  async run(model, input, selection, { grains: { layers = [] } }, gate) {
    const grains: { -readonly [Grain in AblationGrain]?: readonly AblationResult[] } = {};
    for (const replacement of ablationReplacements) {
      const grain: AblationGrain = `ablations.${replacement}`;
      const count = selection[grain] ?? 0;
      if (count === 0) continue;
      const components = strongest(layers, count);
      const drops = await dropsOf(model, input, components, replacement, gate);
      grains[grain] = components.map((component, index) => ({ ...component, drop: at(drops, index) }));
    }
    return grains;
  },
};

/** By the magnitude of `total`, of equal ones the earlier. */
function strongest(layers: readonly LayerResult[], count: number): (Component & ContributionResult)[] {
  return layers
    .flatMap(({ heads, mlp }, layer) => [
      ...heads.map((contribution, head) => ({ layer, head, ...contribution })),
      ...(mlp ? [{ layer, head: null, ...mlp }] : []),
    ])
    .sort((a, b) => Math.abs(b.total) - Math.abs(a.total))
    .slice(0, count);
}

/** Runs that stand before a block; row 0 is the model's own. */
interface Walk {
  readonly layer: number;
  /** [rows, position, width] */
  readonly rows: Tensor;
}

/**
 * What is attributed, less what it is without each of the components. The runs of a batch walk through the blocks
 * together; one that lacks a component is the model's own up to its block, and joins there.
 */
export async function dropsOf(
  model: LoadedModel,
  { inputIds, target }: Pick<StudyInput, 'inputIds' | 'target'>,
  components: readonly Component[],
  replacement: AblationReplacement,
  gate: Gate,
): Promise<number[]> {
  const { x } = await embed(model, inputIds);
  const length = walkedOf(replacement, { length: inputIds.length, end: target.position + 1 });
  const positions = model.positions(inputIds.length, { from: 0, to: length });
  const ascending = [...components.entries()].sort(([, a], [, b]) => a.layer - b.layer);
  const drops = new Array<number>(components.length).fill(0);
  let start: Walk = { layer: 0, rows: ownRow(x, length) };
  for (const batch of batchesOf(components.length, length)) {
    const lacking = batch.map((place) => ascending[place] as (typeof ascending)[number]);
    const [, next] = ascending[at(batch, batch.length - 1) + 1] ?? [];
    let walk = start;
    while (walk.layer < model.specification.layerCount) {
      const { layer } = walk;
      await gate.pass(layer);
      // The next batch need not walk where none of its runs has left the model's own.
      if (layer === next?.layer) start = { layer, rows: ownRow(walk.rows, length) };
      const joining = lacking.filter(([, component]) => component.layer === layer).map(([, component]) => component);
      walk = await pass(model, walk, joining, replacement, positions);
    }
    const attributed = await attributedIn(model, walk.rows, target);
    for (const [place, [index]] of lacking.entries()) {
      drops[index] = at(attributed, 0) - at(attributed, place + 1);
    }
  }
  return drops;
}

/** Nothing after the target's position can change it, but a mean is over all positions. */
function walkedOf(replacement: AblationReplacement, { length, end }: Pick<Reach, 'length' | 'end'>): number {
  return replacement === 'ZERO' ? end : length;
}

/** In every batch there is room for the model's own run. @param count of the components */
function batchesOf(count: number, length: number): Iterable<number[]> {
  return batches(count, length, passingTokens - length);
}

/**
 * What the runs take if none joins the model's own later than at the first block. Whole prompts go through a block, no slices.
 * @param reach of the prompt @param length positions that the runs walk with
 */
function dropsDemand(model: ModelCost, count: number, reach: Reach, length: number): Demand {
  const rows = Array.from(batchesOf(count, length), (batch) => batch.length + 1);
  const most = Math.max(0, ...rows);
  const whole = { from: 0, to: length };
  return {
    cost: sum(
      model.embedding(reach.length),
      ...rows.map((own) => sum(model.continuation(own, whole), times(reach.reads, model.target(own)))),
    ),
    activations:
      Math.min(rows.length, batchesAtOnce) * model.activations.kept(undefined, most, length, () => []) +
      model.activations.continuationWork(most, whole),
  };
}

/** Takes the runs through their block, and with them one more for each component that it is to lack. */
async function pass(
  model: LoadedModel,
  { layer, rows: before }: Walk,
  joining: readonly Component[],
  replacement: AblationReplacement,
  positions: PositionTensors,
): Promise<Walk> {
  const { blocks, headCount } = model.specification;
  const x = withCopies(before, joining.length);
  const [rows = 1] = x.dims;
  const first = rows - joining.length;
  const heads = new Float32Array(rows * headCount).fill(1);
  const mlp = new Float32Array(rows).fill(1);
  for (const [index, { head }] of joining.entries()) {
    if (head === null) mlp[first + index] = 0;
    else heads[(first + index) * headCount + head] = 0;
  }
  const { post } = await model.runBlock('ablation', layer, {
    x,
    keep_heads: floats(heads, rows, headCount, 1, 1),
    keep_mlp: floats(mlp, rows, 1, 1),
    mean: floats(Float32Array.of(replacement === 'MEAN' ? 1 : 0), 1),
    ...positions.of(blocks[layer] as Block),
  });
  return { layer: layer + 1, rows: post as Tensor };
}

/** Of row 0 its first positions, [1, length, width] */
function ownRow(rows: Tensor, length: number): Tensor {
  const [, , width = 0] = rows.dims;
  return floats(floatsOf({ rows }, 'rows').slice(0, length * width), 1, length, width);
}

/** With as many copies of row 0 behind. */
function withCopies(rows: Tensor, copies: number): Tensor {
  if (copies === 0) return rows;
  const [count = 0, length = 0, width = 0] = rows.dims;
  const values = new Float32Array((count + copies) * length * width);
  values.set(floatsOf({ rows }, 'rows'));
  for (let row = count; row < count + copies; row++) values.copyWithin(row * length * width, 0, length * width);
  return floats(values, count + copies, length, width);
}
