/**
 * Attention of one block: forward and transposed with the pattern held; what flows through the pattern itself is in `pattern.ts`.
 *
 * Query heads that share a key/value head are kept together as more rows of one matrix: with K key/value heads and
 * G = heads / K, [batch, heads, position, headWidth] is read as [batch, K, G·position, headWidth]. So grouped and full
 * heads are the same few matrix products, keys and values are never repeated, and transposing sums over a group.
 */
import type { Attention, ModelSpecification, QueryKeyNorm, Rotary } from '../architecture/specification.ts';
import { type Ablation, ablate } from './ablation.ts';
import { add, matmul, multiply, reshape, softcapped, withoutRiding } from './algebra.ts';
import { type Cached, type Continuation, withPast } from './continuation.ts';
import { biasOf, biasShare, biasShares, linear, linearTransposed } from './linear.ts';
import { norm, weightOfNorm } from './norm.ts';
import type { ReadPositions } from './read-positions.ts';
import type { Rules } from './rules/rules.ts';
import type { Graph, Value } from './writer.ts';

export type HeadShape = Pick<ModelSpecification, 'headCount' | 'keyValueHeadCount' | 'headWidth'>;

/** What depends on positions and the prompt's length alone: the causal mask, and the rotation of queries and keys. */
export interface Positions {
  /** [position, past + position], 0 where attention may look and −∞ elsewhere; of a cache its room is the past. */
  readonly mask: Value;
  /** [position, rotary dimensions / 2] */
  readonly cos?: Value | undefined;
  readonly sin?: Value | undefined;
}

export interface AttentionTrace {
  /** What W_Q and W_K make of the input, biases included, before norms and rotation; of the own positions alone. [batch, heads or K, position, headWidth] */
  readonly projectedQuery: Value;
  readonly projectedKey: Value;
  /** Rotated and normed, as they enter the scores. [batch, heads, position, headWidth] */
  readonly query: Value;
  /** With those of the past, as `value`. [batch, K, past + position, headWidth] */
  readonly key: Value;
  /** What the norms of queries and keys are given, where there are any: split into heads if the norm is per head. */
  readonly queryInput: Value | undefined;
  readonly keyInput: Value | undefined;
  /** Before the softmax: scaled, capped, −∞ where no position may look. [batch, heads, position, past + position] */
  readonly scores: Value;
  /** [batch, heads, position, past + position]: row = the position that attends. */
  readonly pattern: Value;
  /** [rows, K, past + position, headWidth] */
  readonly value: Value;
  /** Pattern times values. [rows, heads, position, headWidth] */
  readonly z: Value;
  /** [rows, position, width] */
  readonly out: Value;
}

/** How a pass through a block differs from the model's own, over a whole prompt. */
export interface Variant {
  readonly ablation?: Ablation | undefined;
  readonly continuation?: Continuation | undefined;
  /** Absent: there is none. Keys and values of the trace are the own ones alone, and its pattern is over room + position. */
  readonly cached?: Cached | undefined;
  /** Where alone the MLP is computed; absent: everywhere. */
  readonly at?: ReadPositions | undefined;
}

/** @param y the block's normed input, [rows, position, width] */
export function attention(
  g: Graph,
  spec: Attention,
  shape: HeadShape,
  y: Value,
  positions: Positions,
  { ablation, continuation, cached }: Variant = {},
): AttentionTrace {
  const { headCount, keyValueHeadCount, headWidth } = shape;
  const attending = attend(g, spec, shape, y, positions, { continuation, cached });
  const own = splitHeads(g, linear(g, spec.value, y), keyValueHeadCount, headWidth);
  const value = withPast(g, continuation?.pastValue, own);
  const whole = weigh(g, attending.pattern, value, shape, positions, cached);
  const z = ablation ? ablate(g, whole, ablation.keepHeads, ablation) : whole;
  const out = linear(g, spec.output, mergeHeads(g, z, headCount * headWidth));
  return { ...attending, value, z, out };
}

/** Where each position looks: queries, keys and their pattern. @param y as of `attention` */
export function attend(
  g: Graph,
  spec: Attention,
  shape: HeadShape,
  y: Value,
  positions: Positions,
  { continuation, cached }: Pick<Variant, 'continuation' | 'cached'> = {},
): Omit<AttentionTrace, 'value' | 'z' | 'out'> {
  const { headCount, keyValueHeadCount, headWidth } = shape;
  const project = (map: typeof spec.query, queryKeyNorm: QueryKeyNorm | undefined, heads: number) => {
    const perHead = queryKeyNorm?.over === 'HEAD';
    const flat = linear(g, map, y);
    const input = perHead ? splitHeads(g, flat, heads, headWidth) : flat;
    const normed = queryKeyNorm ? headNorm(g, queryKeyNorm, input, perHead ? headWidth : heads * headWidth) : input;
    const split = perHead ? normed : splitHeads(g, normed, heads, headWidth);
    return {
      projected: queryKeyNorm === undefined ? split : perHead ? input : splitHeads(g, input, heads, headWidth),
      input: queryKeyNorm && input,
      rotated: rotate(g, spec.rotary, split, heads, headWidth, positions),
    };
  };
  const {
    rotated: query,
    input: queryInput,
    projected: projectedQuery,
  } = project(spec.query, spec.queryNorm, headCount);
  const { rotated: own, input: keyInput, projected: projectedKey } = project(spec.key, spec.keyNorm, keyValueHeadCount);
  const key = withPast(g, continuation?.pastKey, own);
  const scores = attentionScores(g, spec, shape, { query, key }, positions, cached);
  return { projectedQuery, projectedKey, query, key, queryInput, keyInput, scores, pattern: softmax(g, scores) };
}

/**
 * Values summed by the pattern.
 * @param pattern [batch, heads, any positions, position] @param value [rows, K, position, headWidth]
 * @param cached what the first columns of the pattern are about
 * @returns [rows, heads, those positions, headWidth]
 */
export function weigh(
  g: Graph,
  pattern: Value,
  value: Value,
  shape: HeadShape,
  positions: Pick<Positions, 'mask'>,
  cached?: Cached,
): Value {
  const rows = groupedSquare(g, pattern, shape, positions);
  if (cached === undefined) return ungrouped(g, matmul(g, rows, value), shape);
  const [from, to, axis] = [ownFromEnd(g, positions), g.integers(Number.MAX_SAFE_INTEGER), g.integers(3)];
  const before = matmul(g, g.op('Slice', [rows, g.integers(0), from, axis]), cached.value);
  return ungrouped(g, add(g, before, matmul(g, g.op('Slice', [rows, from, to, axis]), value)), shape);
}

/**
 * A = softmax(scale·q·kᵀ + mask), its scores capped where the block has a softcap. [batch, heads, queries, keys]
 * @param query [batch, heads, queries, headWidth] @param key [batch, K, keys, headWidth], rotated and normed
 */
export function attentionPattern(
  g: Graph,
  spec: Attention,
  shape: HeadShape,
  projected: Pick<AttentionTrace, 'query' | 'key'>,
  positions: Pick<Positions, 'mask'>,
): Value {
  return softmax(g, attentionScores(g, spec, shape, projected, positions));
}

function attentionScores(
  g: Graph,
  spec: Attention,
  shape: HeadShape,
  { query, key }: Pick<AttentionTrace, 'query' | 'key'>,
  positions: Pick<Positions, 'mask'>,
  cached?: Cached,
): Value {
  const rows = grouped(g, query, shape);
  const [before, own] = [cached?.key, key].map(
    (keys) => keys && matmul(g, rows, keys, { transposeB: true, alpha: spec.scale }),
  );
  let scores = before ? g.op('Concat', [before, own as Value], { axis: 3 }) : (own as Value);
  if (spec.softcap !== undefined) scores = softcapped(g, scores, spec.softcap);
  return add(g, squareOf(g, scores, shape, positions), positions.mask);
}

function softmax(g: Graph, scores: Value): Value {
  return g.op('Softmax', [scores], { axis: -1 });
}

export interface AttentionGradients {
  /** [batch, position, width], before the block's norm. */
  readonly input: Value;
  /** [batch, heads, position, headWidth] */
  readonly z: Value;
  /** The direct directions at z of the target's positions: [batch, heads, places, headWidth] */
  readonly directZ: Value;
  /** Σ ⟨grad, bias⟩ of b_O alone for `out`, [batch], and for each direct direction, [batch, places] */
  readonly outputBias: Value | undefined;
  readonly directOutputBias: Value | undefined;
  /** Of b_V: [batch] */
  readonly valueBias: Value | undefined;
  /** At the values of all positions so far. [batch, K, past + position, headWidth] */
  readonly value: Value;
}

/**
 * Transpose with the pattern held: g_z = g·W_Oᵀ, g_v = Aᵀ g_z summed over a group, g_y = g_v·W_Vᵀ.
 * Nothing flows through queries and keys here.
 * @param out gradient at the output before a post norm, [batch, position, width]
 * @param direct directions at the same place, [batch, places, width]
 * @param pattern [batch or 1, heads, position, past + position]
 * @param later gradient at the values from the positions that follow, [batch, K, past + position, headWidth] or one 0
 */
export function attentionTransposed(
  g: Graph,
  spec: Attention,
  shape: HeadShape,
  rules: Rules,
  {
    out,
    direct,
    pattern,
    later,
    positions,
  }: { out: Value; direct: Value; pattern: Value; later: Value; positions: Positions },
): AttentionGradients {
  const { headCount, keyValueHeadCount, headWidth } = shape;
  // The direct directions ride along as more rows of the same product.
  const rows = linearTransposed(g, spec.output, g.op('Concat', [out, direct], { axis: 1 }));
  const { own: z, riding: directZ } = withoutRiding(g, splitHeads(g, rows, headCount, headWidth), 2, direct);
  const here = matmul(g, groupedSquare(g, pattern, shape, positions), grouped(g, z, shape), {
    transposeA: true,
    alpha: rules.pattern === 'HALVED' ? 0.5 : 1,
  });
  const value = add(g, here, later);
  const merged = mergeHeads(g, ownPart(g, value, positions), keyValueHeadCount * headWidth);
  const outputBias = biasOf(g, spec.output);
  return {
    input: linearTransposed(g, spec.value, merged),
    z,
    directZ,
    outputBias: biasShare(g, outputBias, out),
    directOutputBias: biasShares(g, outputBias, direct),
    valueBias: biasShare(g, biasOf(g, spec.value), merged),
    value,
  };
}

/** Without the past. @param values [batch, K, past + position, headWidth] @returns [batch, K, position, headWidth] */
export function ownPart(g: Graph, values: Value, { mask }: Pick<Positions, 'mask'>): Value {
  return g.op('Slice', [values, ownFromEnd(g, { mask }), g.integers(Number.MAX_SAFE_INTEGER), g.integers(2)]);
}

/** Where the own positions begin among all, counted from the end: [1] */
function ownFromEnd(g: Graph, { mask }: Pick<Positions, 'mask'>): Value {
  return g.op('Neg', [g.op('Shape', [mask], { start: 0, end: 1 })]);
}

/** Reads [batch, heads, position, x] as [batch, K, G·position, x]. */
export function grouped(g: Graph, value: Value, { headCount, keyValueHeadCount, headWidth }: HeadShape): Value {
  return headCount === keyValueHeadCount ? value : reshape(g, value, 0, keyValueHeadCount, -1, headWidth);
}

export function ungrouped(g: Graph, value: Value, { headCount, keyValueHeadCount, headWidth }: HeadShape): Value {
  return headCount === keyValueHeadCount ? value : reshape(g, value, 0, headCount, -1, headWidth);
}

/** Reads [batch, heads, position, position] as [batch, K, G·position, position]; the mask tells the length. */
export function groupedSquare(
  g: Graph,
  square: Value,
  { headCount, keyValueHeadCount }: HeadShape,
  { mask }: Pick<Positions, 'mask'>,
): Value {
  if (headCount === keyValueHeadCount) return square;
  const positions = g.op('Shape', [mask], { start: 1 });
  return g.op('Reshape', [square, g.op('Concat', [g.integers(0, keyValueHeadCount, -1), positions], { axis: 0 })]);
}

function squareOf(
  g: Graph,
  scores: Value,
  { headCount, keyValueHeadCount }: HeadShape,
  { mask }: Pick<Positions, 'mask'>,
): Value {
  if (headCount === keyValueHeadCount) return scores;
  return g.op('Reshape', [scores, g.op('Concat', [g.integers(0, headCount), g.op('Shape', [mask])], { axis: 0 })]);
}

/** [batch, position, heads·headWidth] → [batch, heads, position, headWidth] */
export function splitHeads(g: Graph, flat: Value, heads: number, headWidth: number): Value {
  return g.op('Transpose', [reshape(g, flat, 0, 0, heads, headWidth)], { perm: [0, 2, 1, 3] });
}

/** [batch, heads, position, headWidth] → [batch, position, heads·headWidth] */
export function mergeHeads(g: Graph, heads: Value, width: number): Value {
  return reshape(g, g.op('Transpose', [heads], { perm: [0, 2, 1, 3] }), 0, 0, width);
}

export function rotate(
  g: Graph,
  rotary: Rotary | undefined,
  x: Value,
  heads: number,
  headWidth: number,
  { cos, sin }: Positions,
): Value {
  if (rotary === undefined || cos === undefined || sin === undefined) return x;
  const partial = rotary.dimensions < headWidth ? { rotary_embedding_dim: rotary.dimensions, num_heads: heads } : {};
  const interleaved = rotary.pairs === 'INTERLEAVED' ? 1 : 0;
  return g.op('RotaryEmbedding', [x, g.integers(0), cos, sin], { interleaved, ...partial });
}

function headNorm(g: Graph, spec: QueryKeyNorm, x: Value, width: number): Value {
  const { value } = norm(g, { kind: spec.kind, epsilon: spec.epsilon }, x, width);
  const weighted = multiply(g, value, headNormWeight(g, spec, width));
  return spec.bias === undefined ? weighted : add(g, weighted, g.weight(spec.bias));
}

export function headNormWeight(g: Graph, { weight, weightOffset }: QueryKeyNorm, width: number): Value {
  if (typeof weight === 'string') return weightOfNorm(g, { weight, weightOffset }) as Value;
  const perHead = weight.map((name) => reshape(g, g.weight(name), 1, 1, width));
  return g.op('Concat', perHead, { axis: 0 });
}
