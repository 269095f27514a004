/**
 * A prompt's way through one block and back. A long one goes slice by slice: forward each slice sees the keys and values of
 * those before it, back it is given what comes through its keys and values from those after it. Nothing as large as a whole
 * pattern is ever made then, and half of it, where no position may look, is not computed.
 */
import type { Block } from '../architecture/specification.ts';
import type { RuleSet } from '../onnx/rules/registry.ts';
import { ruleSets } from '../onnx/rules/registry.ts';
import type { Gate } from './gate.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { PositionTensors } from './positions.ts';
import { accumulate, Rows } from './rows.ts';
import { type Span, slicesOf } from './span.ts';
import { concatenated, cut, floats, floatsOf, integers, rowOf, type Tensor, type Tensors } from './tensor.ts';

export interface Way {
  readonly model: LoadedModel;
  readonly layer: number;
  readonly positions: PositionTensors;
  /** Passed before each slice. */
  readonly gate: Gate;
}

/**
 * @param x the stream before the block, [rows, position, width]
 * @param outputs of the forward graph
 * @param past `key` and `value` of what stands before `x`; absent: nothing does
 */
export async function runForward(way: Way, x: Tensor, outputs: readonly string[], past?: Tensors): Promise<Tensors> {
  const { model, layer, gate } = way;
  const slices = slicesOf(x.dims[1] ?? 0, model.longestSlice);
  const asked = slices.length > 1 ? [...new Set([...outputs, ...pastNames])] : outputs;
  const parts: Tensors[] = [];
  let before = past ?? nothingBefore(model, x.dims[0]);
  const start = before.key?.dims[2] ?? 0;
  for (const slice of slices) {
    await gate.pass(layer);
    const feeds = { x: cut(x, 1, slice), past_key: before.key as Tensor, past_value: before.value as Tensor };
    const places = positionsOf(way, { from: start + slice.from, to: start + slice.to });
    const out = await model.runBlock('forward', layer, { ...feeds, ...places }, asked);
    parts.push(out);
    before = out;
  }
  return joined(outputs, parts, (name) => (pastNames.includes(name) ? before[name] : undefined));
}

export type Place = readonly [row: number, position: number];

/** What a reverse pass brings to a block. */
export interface Arriving {
  /** [batch, position, width] */
  readonly grad: Tensor;
  /** [batch, places, width] */
  readonly direct: Tensor;
  /** (index into what was saved, position) of each place of each row. */
  readonly at: readonly (readonly Place[])[];
}

/** @param saved by the forward pass of the block @param outputs of the reverse graph */
export async function runReverse(
  way: Way,
  rules: RuleSet,
  saved: Tensors,
  { grad, direct, at }: Arriving,
  outputs: readonly string[],
): Promise<Tensors> {
  const { model, layer, gate } = way;
  const graph = `reverse.${rules}` as const;
  const slices = slicesOf(grad.dims[1] ?? 0, model.longestSlice);
  const { inputs } = await model.signatureOf(graph, layer);
  const taken = Object.entries(saved).filter(([name]) => inputs.includes(name));
  const handed = ruleSets[rules].pattern === 'HELD' ? ['grad_value'] : ['grad_value', 'grad_key'];
  const parts: Tensors[] = [];
  let later: Tensors = { later_value: nothingLater, later_key: nothingLater };
  for (const slice of slices.toReversed()) {
    await gate.pass(layer);
    const own = taken.map(([name, tensor]) => [name, ofSlice(name, tensor, slice)]);
    // Who is asked for a position of another slice answers of any: that is not read.
    const places = at.flat().flatMap(([row, position]) => [row, isIn(slice, position) ? position - slice.from : 0]);
    const dims = [at.length, at[0]?.length ?? 0, 2];
    const feeds = { grad: cut(grad, 1, slice), direct, at: integers(places, ...dims), ...later };
    const asked = slice.from > 0 ? [...new Set([...outputs, ...handed])] : outputs;
    const out = await model.runBlock(
      graph,
      layer,
      { ...Object.fromEntries(own), ...feeds, ...positionsOf(way, slice) },
      asked,
    );
    parts.unshift(out);
    const before = (name: string) => cut(out[name] as Tensor, 2, { from: 0, to: slice.from });
    if (slice.from === 0) break;
    later = Object.fromEntries(handed.map((name) => [name.replace('grad', 'later'), before(name)]));
  }
  const atTarget = (name: string) => {
    const rows = at.map((places, row) => {
      const found = places.map(([, position], place) => {
        const part = parts[slices.findIndex((slice) => isIn(slice, position))] as Tensors;
        return ofPlaces(rowOf(part[name] as Tensor, row), { from: place, to: place + 1 });
      });
      return concatenated(found, positionAxis(found[0] as Tensor));
    });
    return concatenated(rows, 0);
  };
  return joined(outputs, parts, (name) => (readAtTarget.test(name) ? atTarget(name) : undefined));
}

/** Outputs of the forward graph that have the positions of all slices so far. */
export const pastNames: readonly string[] = ['key', 'value'];

/** Outputs of a reverse graph that are of the target's positions alone: [batch, places, …], or [batch, heads, places, …]. */
export const readAtTarget = /^direct_|_direct$/;

/** Of such an output some places. */
export function ofPlaces(tensor: Tensor, places: Span): Tensor {
  return cut(tensor, positionAxis(tensor), places);
}

/** Outputs of a reverse graph that are sums over positions. */
const summed: ReadonlySet<string> = new Set(['bias', 'attention_bias']);

const nothingLater = floats(new Float32Array(1), 1, 1, 1, 1);

function nothingBefore({ specification: { keyValueHeadCount, headWidth } }: LoadedModel, rows = 1): Tensors {
  const nothing = floats(new Float32Array(), rows, keyValueHeadCount, 0, headWidth);
  return { key: nothing, value: nothing };
}

function positionsOf({ model, layer, positions }: Way, slice: Span): Tensors {
  return positions.part(slice).of(model.specification.blocks[layer] as Block);
}

/** What was saved of the whole prompt, as a slice takes it. */
function ofSlice(name: string, tensor: Tensor, slice: Span): Tensor {
  return cut(tensor, positionAxis(tensor), pastNames.includes(name) ? { from: 0, to: slice.to } : slice);
}

/** [rows, position, …], or [rows, heads, position, …]. */
export function positionAxis({ dims }: Tensor): number {
  return dims.length === 4 ? 2 : 1;
}

/** @param other gives what is not to be put together of its slices */
function joined(
  outputs: readonly string[],
  parts: readonly Tensors[],
  other: (name: string) => Tensor | undefined,
): Tensors {
  const [whole = {}] = parts;
  if (parts.length === 1) return whole;
  // A runner's: of the parts of the block before, gigabytes of which may lie outside of the heap that V8 looks at.
  globalThis.gc?.();
  const join = (name: string): Tensor => {
    const tensors = parts.map((part) => part[name] as Tensor);
    if (name === 'pattern') return square(tensors);
    return summed.has(name) ? total(tensors) : concatenated(tensors, positionAxis(tensors[0] as Tensor));
  };
  return Object.fromEntries(outputs.map((name) => [name, other(name) ?? join(name)]));
}

function total(tensors: readonly Tensor[]): Tensor {
  const sum = new Float64Array(tensors[0]?.dims[0] ?? 0);
  for (const tensor of tensors) accumulate(sum, floatsOf({ tensor }, 'tensor'));
  return floats(Float32Array.from(sum), sum.length);
}

/** Whole patterns: no position looks at those after its slice. @param patterns each [rows, heads, positions, keys so far] */
function square(patterns: readonly Tensor[]): Tensor {
  const [rows = 0, heads = 0, , length = 0] = patterns.at(-1)?.dims ?? [];
  const values = new Float32Array(rows * heads * length ** 2);
  let from = 0;
  for (const pattern of patterns) {
    const [, , positions = 0, keys = 0] = pattern.dims;
    for (const [index, row] of [...new Rows(floatsOf({ pattern }, 'pattern'), keys)].entries()) {
      const [head, position] = [Math.floor(index / positions), from + (index % positions)];
      values.set(row, (head * length + position) * length);
    }
    from += positions;
  }
  return floats(values, rows, heads, length, length);
}

function isIn({ from, to }: Span, position: number): boolean {
  return position >= from && position < to;
}
