/**
 * What goes through a block of the frozen map beside the residual stream: the shares of tracked tokens, and the rest that
 * they leave, of all other tokens and the biases. The map acts on all of them alike, biases on the residual stream and on
 * the rest alone; patterns, norm scales and gates are the residual stream's own. All rows meet a weight in one product: it
 * is read once, and a row more costs no more than its own arithmetic.
 */
import type { Linear, Norm } from '../architecture/specification.ts';
import { add, reshape } from './algebra.ts';
import { addBias, biasOf, linear } from './linear.ts';
import { biasOfNorm, heldNorm, norm } from './norm.ts';
import type { Graph, Value } from './writer.ts';

export interface Shares {
  /** The residual stream, or what a part of the block makes of it. [1, position, ...] */
  readonly own: Value;
  /** Of the rest. [1, sampled positions, ...]; before values are read all positions. */
  readonly rest: Value;
  /** Before the first tracked token, its share is zero. [tracked, positions from the first tracked one on, ...] */
  readonly tracked: Value;
}

/** Which rows there are. */
export interface Places {
  /** Positions at which the rest is followed. [sampled] */
  readonly sampled: Value;
  /** The first tracked position. [1] */
  readonly start: Value;
  /** Rows of the three, and the same with the rest at all positions. [3] */
  readonly sizes: Value;
  readonly wholeSizes: Value;
  /** [tracked, positions from the first tracked one on, −1] */
  readonly shape: Value;
}

/** y = x·W + b, without the bias for the tracked. @param sizes of the three, [3] */
export function throughLinear(
  g: Graph,
  map: Linear,
  { own, rest, tracked }: Shares,
  sizes: Value,
  shape: Value,
): Shares {
  const { shape: stored } = g.entry(map.weight);
  const width = (map.layout === 'in,out' ? stored[0] : stored[1]) ?? 0;
  const rows = g.op('Concat', [own, rest, reshape(g, tracked, 1, -1, width)], { axis: 1 });
  const parts = g.ops('Split', [linear(g, { ...map, bias: undefined }, rows), sizes], 3, { axis: 1 });
  const [ofOwn, ofRest, ofTracked] = parts as [Value, Value, Value];
  const bias = biasOf(g, map);
  return {
    own: addBias(g, ofOwn, bias),
    rest: addBias(g, ofRest, bias),
    tracked: g.op('Reshape', [ofTracked, shape]),
  };
}

/**
 * The norm of the residual stream, and with its scale held of the others.
 * @param toRest reads what stands at every position where the rest is
 */
export function throughNorm(
  g: Graph,
  spec: Norm,
  { own, rest, tracked }: Shares,
  width: number,
  places: Places,
  toRest: (factor: Value) => Value = (factor) => atSampled(g, factor, places),
): { readonly value: Shares; readonly scale: Value } {
  const { value, scale } = norm(g, spec, own, width);
  const held = heldShares(g, spec, { rest, tracked }, scale, places, toRest);
  return { value: { own: value, ...held }, scale };
}

/** The norm of the others by a scale that is known; see `throughNorm`. @param scale [1, position, 1] */
export function heldShares(
  g: Graph,
  spec: Norm,
  { rest, tracked }: Omit<Shares, 'own'>,
  scale: Value,
  places: Places,
  toRest: (factor: Value) => Value = (factor) => atSampled(g, factor, places),
): Omit<Shares, 'own'> {
  return {
    rest: addBias(
      g,
      heldNorm(g, spec, rest, () => toRest(scale)),
      biasOfNorm(g, spec),
    ),
    tracked: heldNorm(g, spec, tracked, () => fromStart(g, scale, places)),
  };
}

export function addShares(g: Graph, one: Shares, two: Shares): Shares {
  return {
    own: add(g, one.own, two.own),
    rest: add(g, one.rest, two.rest),
    tracked: add(g, one.tracked, two.tracked),
  };
}

/** @param values [1, position, ...] @returns [1, sampled, ...] */
export function atSampled(g: Graph, values: Value, { sampled }: Places): Value {
  return g.op('Gather', [values, sampled], { axis: 1 });
}

/** @param values with positions along each of the axes @returns those from the first tracked position on */
export function fromStart(g: Graph, values: Value, { start }: Places, axes: readonly number[] = [1]): Value {
  const starts = axes.length === 1 ? start : g.op('Concat', Array<Value>(axes.length).fill(start), { axis: 0 });
  const ends = g.integers(...axes.map(() => Number.MAX_SAFE_INTEGER));
  return g.op('Slice', [values, starts, ends, g.integers(...axes)]);
}
