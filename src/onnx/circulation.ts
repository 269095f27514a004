/** One block, forward, for the residual stream and the shares that go through it; what the tracked tokens' tell of it. */
import type { Attention, Block, Linear, Mlp, ModelSpecification } from '../architecture/specification.ts';
import { activate, activateWithGate } from './activation.ts';
import { add, dot, length, matmul, mean, multiply, reshape, subtract } from './algebra.ts';
import { attend, mergeHeads, type Positions, splitHeads, weigh } from './attention.ts';
import { addBias, linear } from './linear.ts';
import { biasOfNorm, heldNorm, weightOfNorm } from './norm.ts';
import {
  addShares,
  atSampled,
  fromStart,
  heldShares,
  type Places,
  type Shares,
  throughLinear,
  throughNorm,
} from './shares.ts';
import { normsStream } from './skip.ts';
import type { Graph, Value } from './writer.ts';

export interface CirculationInputs {
  /** The residual stream before the block. [1, position, width] */
  readonly x: Value;
  /** The shares of the tracked tokens. [tracked, positions from the first tracked one on, width] */
  readonly shares: Value;
  /** [tracked] */
  readonly track: Value;
  /** Of which heads it is wanted what each carries: [heads], or [0]. */
  readonly headsOf: Value;
  /** Of which tokens attention paid and received is wanted: [tracked], or [0]. */
  readonly patternsOf: Value;
  /** How many positions are before the first tracked one, as `Pad` takes it. [6] */
  readonly padding: Value;
  /** [1, tracked] */
  readonly ones: Value;
  readonly places: Places;
  readonly positions: Positions;
}

/** A part of the block with the norms around it: what it writes, and the stream with that. */
interface Branch {
  readonly out: Shares;
  readonly post: Shares;
  /** Of a post norm. [1, position, 1] */
  readonly postScale: Value | undefined;
}

/**
 * Outputs `post`, the residual stream after the block, `shares_after`, those of the tracked tokens, and the figures: of the
 * tracked tokens, each per position from the first tracked one on, and `deviation` [sampled], by which the rest as the
 * frozen map gives it misses the rest that the shares leave.
 */
export function circulateBlock(g: Graph, model: ModelSpecification, block: Block, inputs: CirculationInputs): void {
  const { x, shares, places, positions } = inputs;
  const { width } = model;
  const rest = restOf(g, width, x, shares, inputs);
  const before: Shares = { own: x, rest: atSampled(g, rest, places), tracked: shares };

  const pre = block.attention.norm;
  const everywhere = { own: x, rest, tracked: shares };
  const read = pre ? throughNorm(g, pre, everywhere, width, places, (scale) => scale).value : everywhere;
  const { pattern, z, out } = attention(g, block.attention, model, read, positions, places);
  const attended = branch(g, block.attention.postNorm, out, before, width, places);
  const transformed =
    block.mlp && mlpBranch(g, block.mlp, block.parallel ? before : attended.post, attended.post, width, places);
  const after = (transformed ?? attended).post;

  g.output('post', after.own);
  g.output('shares_after', after.tracked);
  const left = atSampled(g, restOf(g, width, after.own, after.tracked, inputs), places);
  const size = add(g, length(g, atSampled(g, after.own, places)), length(g, left));
  g.output('deviation', g.op('Div', [length(g, subtract(g, after.rest, left)), size]));

  const own = fromStart(g, after.own, places);
  g.output('share', g.op('Div', [dot(g, after.tracked, own, [-1]), dot(g, own, own, [-1])]));
  g.output('norm', length(g, after.tracked));
  g.output('through_attention', length(g, attended.out.tracked));
  if (transformed) g.output('through_mlp', length(g, transformed.out.tracked));
  const { track, headsOf, patternsOf } = inputs;
  const { postScale } = attended;
  const scaled = postScale ? multiply(g, z, reshape(g, fromStart(g, postScale, places), 1, 1, -1, 1)) : z;
  g.output('heads', headNorms(g, model, block.attention, scaled, headsOf));

  const square = g.op('Squeeze', [pattern, g.integers(0)]);
  g.output('paid', g.op('Transpose', [g.op('Gather', [square, patternsOf], { axis: 1 })], { perm: [1, 0, 2] }));
  g.output('received', g.op('Transpose', [g.op('Gather', [square, patternsOf], { axis: 2 })], { perm: [2, 0, 1] }));
  const ofTracked = (rows: Value) => g.op('Squeeze', [g.op('Gather', [rows, track], { axis: 1 }), g.integers(0)]);
  g.output('movement', length(g, subtract(g, ofTracked(after.own), ofTracked(x))));
  g.output('attention_norm', length(g, ofTracked(attended.out.own)));
  if (transformed) g.output('mlp_norm', length(g, ofTracked(transformed.out.own)));
}

/** r = x − Σ c at every position. [1, position, width] */
function restOf(g: Graph, width: number, x: Value, shares: Value, { ones, padding }: CirculationInputs): Value {
  // As a product: of a single share, which is the usual number, onnxruntime's sum takes longer than the subtraction.
  const sum = reshape(g, matmul(g, ones, reshape(g, shares, 0, -1)), 1, -1, width);
  return subtract(g, x, g.op('Pad', [sum, padding]));
}

/** @param y the block's normed input; of the rest at all positions */
function attention(
  g: Graph,
  spec: Attention,
  model: ModelSpecification,
  y: Shares,
  positions: Positions,
  places: Places,
): { pattern: Value; z: Value; out: Shares } {
  const { headCount, keyValueHeadCount, headWidth } = model;
  const { pattern } = attend(g, spec, model, y.own, positions);
  const values = throughLinear(g, spec.value, y, places.wholeSizes, places.shape);
  const weighed = (weights: Value, value: Value, mask = positions.mask) =>
    weigh(g, weights, splitHeads(g, value, keyValueHeadCount, headWidth), model, { mask });
  const merged = (heads: Value) => mergeHeads(g, heads, headCount * headWidth);
  // Of grouped heads, the mask tells how many positions there are.
  const mask = headCount === keyValueHeadCount ? positions.mask : fromStart(g, positions.mask, places, [0, 1]);
  const z = weighed(fromStart(g, pattern, places, [2, 3]), values.tracked, mask);
  const atRest = g.op('Gather', [pattern, places.sampled], { axis: 2 });
  const heads = {
    own: merged(weighed(pattern, values.own)),
    rest: merged(weighed(atRest, values.rest)),
    tracked: merged(z),
  };
  return { pattern, z, out: throughLinear(g, spec.output, heads, places.sizes, places.shape) };
}

/** @param x what it reads @param skip what it is added to */
function mlpBranch(g: Graph, spec: Mlp, x: Shares, skip: Shares, width: number, places: Places): Branch {
  const y = spec.norm ? throughNorm(g, spec.norm, x, width, places).value : x;
  const pre = throughLinear(g, spec.input, y, places.sizes, places.shape);
  const { own, factor } = activated(g, spec, pre.own, y.own);
  const act = {
    own,
    rest: multiply(g, pre.rest, atSampled(g, factor, places)),
    tracked: multiply(g, pre.tracked, fromStart(g, factor, places)),
  };
  return branch(g, spec.postNorm, throughLinear(g, spec.output, act, places.sizes, places.shape), skip, width, places);
}

/** φ(u), or φ(gate) ⊙ u, and the factor on u that is held. @param pre u @param y what the gate reads */
function activated(g: Graph, { gate, activation }: Mlp, pre: Value, y: Value): { own: Value; factor: Value } {
  if (gate) {
    const factor = activate(g, activation, linear(g, gate, y));
    return { own: multiply(g, pre, factor), factor };
  }
  const { value, gate: factor } = activateWithGate(g, activation, pre);
  return { own: value, factor };
}

function branch(
  g: Graph,
  post: Attention['postNorm'],
  raw: Shares,
  skip: Shares,
  width: number,
  places: Places,
): Branch {
  if (!post) return { out: raw, post: addShares(g, skip, raw), postScale: undefined };
  if (!normsStream(post)) {
    const { value, scale } = throughNorm(g, post, raw, width, places);
    return { out: value, post: addShares(g, skip, value), postScale: scale };
  }
  const { value, scale } = throughNorm(g, post, addShares(g, skip, raw), width, places);
  const own = addBias(
    g,
    heldNorm(g, post, raw.own, () => scale),
    biasOfNorm(g, post),
  );
  return { out: { own, ...heldShares(g, post, raw, scale, places) }, post: value, postScale: scale };
}

/**
 * ‖c_z·W_O‖ of each head's part of c, [tracked, heads, position], by the head's Gram matrix W_O·W_Oᵀ, so that the
 * [heads, position, width] parts are never made.
 * @param z the heads' parts of c, times the scale of a post norm, [tracked, heads, position, headWidth]
 * @param heads of which it is wanted: where it is of none, nothing is computed
 */
function headNorms(
  g: Graph,
  model: ModelSpecification,
  { output: map, postNorm }: Attention,
  z: Value,
  heads: Value,
): Value {
  let output = outputOf(g, map, model, heads);
  if (postNorm) {
    if (postNorm.kind === 'LAYER_NORM') output = subtract(g, output, mean(g, output));
    const weight = weightOfNorm(g, postNorm);
    if (weight) output = multiply(g, output, weight);
  }
  const gram = matmul(g, output, output, { transposeB: true });
  const parts = g.op('Gather', [z, heads], { axis: 1 });
  const squares = g.op('Relu', [dot(g, matmul(g, parts, gram), parts, [-1])]);
  return g.op('Sqrt', [squares]);
}

/** W_O of some heads, [heads, headWidth, width]: of the others nothing is converted. */
function outputOf(
  g: Graph,
  { weight, layout }: Linear,
  { headCount, headWidth, width }: ModelSpecification,
  heads: Value,
): Value {
  const float = (value: Value) => (g.entry(weight).dtype === 'F32' ? value : g.toFloat(value));
  const of = (axis: number, ...shape: number[]) =>
    float(g.op('Gather', [reshape(g, g.stored(weight), ...shape), heads], { axis }));
  if (layout === 'in,out') return of(0, headCount, headWidth, width);
  return g.op('Transpose', [of(1, width, headCount, headWidth)], { perm: [1, 2, 0] });
}
