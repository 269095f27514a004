/** The model's own pass, told of as it passes: what is chosen of each block, and no further than the last that is chosen. */
import type { Block } from '../../architecture/specification.ts';
import { embed } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import type { PositionTensors } from '../../inference/positions.ts';
import { runForward } from '../../inference/slices.ts';
import { type Span, slicesOf } from '../../inference/span.ts';
import {
  concatenated,
  cut,
  floats,
  floatsOf,
  integers,
  rowsOf,
  type Tensor,
  type Tensors,
} from '../../inference/tensor.ts';
import { activationsGraph } from '../../onnx/activations-graph.ts';
import { type HookName, hooks, maskedScore } from '../../onnx/hooks.ts';
import type { ActivationsRequest, ActivationTensor, LayerActivations } from './result.ts';
import { hooksIn, keyValueHeadsOf } from './shapes.ts';

export interface Watched extends Pick<ActivationsRequest, 'inputIds' | 'heads' | 'positions'> {
  /** What is told of each block, whether or not it has it. */
  readonly names: (layer: number) => readonly HookName[];
  /** The last block that something is told of. */
  readonly last: number;
}

/** Of which nothing but the stream around it is told goes through the block's forward graph, of others through one of their own. */
export function isInside(name: HookName): boolean {
  return hooks[name].of !== undefined;
}

/** Positions that are run: none after the last that is chosen, for nothing before it depends on them. */
export function positionsRun({ positions }: Pick<ActivationsRequest, 'positions'>): number {
  return (positions.at(-1) ?? 0) + 1;
}

/**
 * Yields each block of which something is told, one after the other.
 * @throws TributaryError CANCELLED between two blocks
 */
export async function* watchedPass(model: LoadedModel, watched: Watched, gate: Gate): AsyncGenerator<LayerActivations> {
  const { inputIds, positions: chosen, last } = watched;
  const end = positionsRun(watched);
  const positions = model.positions(inputIds.length, { from: 0, to: end }, chosen);
  let { x } = await embed(model, inputIds.slice(0, end));
  for (const [layer, block] of model.specification.blocks.entries()) {
    if (layer > last) return;
    const names = hooksIn(block, watched.names(layer));
    const post = layer < last || names.includes('residualAfter');
    const out = await runBlock({ model, layer, positions, gate, watched, end }, x, names.filter(isInside), post);
    const after = out.post as Tensor;
    if (names.length > 0)
      yield {
        layer,
        tensors: Object.fromEntries(
          names.map((name) => {
            if (name === 'residualBefore') return [name, rowsAt(x, chosen)];
            if (name === 'residualAfter') return [name, rowsAt(after, chosen)];
            return [name, told(name, out[name] as Tensor)];
          }),
        ),
      };
    x = after;
  }
}

interface Pass {
  readonly model: LoadedModel;
  readonly layer: number;
  readonly positions: PositionTensors;
  readonly gate: Gate;
  readonly watched: Watched;
  /** Positions that are run. */
  readonly end: number;
}

/** @returns the hooks at the chosen positions and of the chosen heads, and `post`, where that is wanted */
async function runBlock(pass: Pass, x: Tensor, names: readonly HookName[], post: boolean): Promise<Tensors> {
  if (names.length > 0) return runInside(pass, x, names, post);
  const { model, layer, positions, gate } = pass;
  return post ? runForward({ model, layer, positions, gate }, x, ['post']) : {};
}

async function runInside(pass: Pass, x: Tensor, names: readonly HookName[], post: boolean): Promise<Tensors> {
  const { model, layer, positions, gate, watched, end } = pass;
  const { specification } = model;
  const { heads, last } = watched;
  const slices = slicesOf(end, model.longestSlice);
  const sliced = slices.length > 1;
  const options = { layer, names, post, sliced, last: layer === last, allHeads: heads === null };
  await gate.pass(layer);
  const parts = await model.using(
    (files) => activationsGraph(specification, files, options),
    `block ${layer}`,
    async (runGraph) => {
      const found: Tensors[] = [];
      let before = nothingBefore(model);
      for (const slice of slices) {
        if (slice.from > 0) await gate.pass(layer);
        const { key, value, ...rest } = await runGraph({
          x: cut(x, 1, slice),
          ...positions.part(slice).of(specification.blocks[layer] as Block),
          ...before,
          at: integers(placesIn(slice, watched.positions)),
          heads: integers(heads ?? []),
          key_value_heads: integers(keyValueHeadsOf(specification, heads)),
        });
        before = sliced ? { past_key: key as Tensor, past_value: value as Tensor } : before;
        found.push(rest);
      }
      return found;
    },
  );
  const joined = (name: string) => {
    const tensors = parts.map((part) => part[name] as Tensor);
    if (name === 'post') return concatenated(tensors, 1);
    const whole = tensors.map((tensor) => withAllKeys(tensor, name as HookName, watched.inputIds.length));
    return concatenated(whole, whole[0]?.dims.length === 4 ? 2 : 1);
  };
  return Object.fromEntries(Object.keys(parts[0] ?? {}).map((name) => [name, joined(name)]));
}

function nothingBefore({ specification: { keyValueHeadCount, headWidth } }: LoadedModel): Tensors {
  const nothing = floats(new Float32Array(), 1, keyValueHeadCount, 0, headWidth);
  return { past_key: nothing, past_value: nothing };
}

/** Of those that lie in the slice, from its beginning. */
function placesIn({ from, to }: Span, positions: readonly number[]): number[] {
  return positions.filter((position) => position >= from && position < to).map((position) => position - from);
}

/** Pairs with the positions of the prompt that were not run: no chosen one looks at them. */
function withAllKeys(tensor: Tensor, name: HookName, length: number): Tensor {
  const keys = tensor.dims.at(-1) ?? 0;
  if (hooks[name].axes !== 'PAIRS' || keys === length) return tensor;
  const rows = [...rowsOf(tensor)];
  const values = new Float32Array(rows.length * length).fill(name === 'scores' ? maskedScore : 0);
  for (const [index, row] of rows.entries()) values.set(row, index * length);
  return floats(values, ...tensor.dims.with(-1, length));
}

/** Without the batch, and without the last axis of a scale. */
function told(name: HookName, tensor: Tensor): ActivationTensor {
  const [, ...shape] = tensor.dims;
  return { shape: hooks[name].axes === 'SCALE' ? shape.slice(0, -1) : shape, values: floatsOf({ tensor }, 'tensor') };
}

/** @param x [1, position, width] */
function rowsAt(x: Tensor, positions: readonly number[]): ActivationTensor {
  const rows = rowsOf(x);
  const width = x.dims.at(-1) ?? 0;
  const values = new Float32Array(positions.length * width);
  for (const [index, position] of positions.entries()) values.set(rows.row(position), index * width);
  return { shape: [positions.length, width], values };
}
