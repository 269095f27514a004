/** The attention pattern, transposed: from what moves through it back to queries, keys and the block's input. */
import type { Attention, Linear, QueryKeyNorm } from '../architecture/specification.ts';
import { add, dot, matmul, mean, multiply, reshape, subtract, sumOf } from './algebra.ts';
import {
  grouped,
  groupedSquare,
  type HeadShape,
  headNormWeight,
  mergeHeads,
  ownPart,
  type Positions,
  rotate,
  ungrouped,
} from './attention.ts';
import { biasOf, biasShare, linearTransposed } from './linear.ts';
import { normedDerivative, normedTransposed, rootMeanSquareScale } from './norm.ts';
import type { Rules } from './rules/rules.ts';
import type { Graph, Value } from './writer.ts';

export interface PatternGradients {
  /** [batch, position, width], before the block's norm. */
  readonly input: Value;
  /** Σ ⟨grad, bias⟩ of b_Q, b_K and the norms of queries and keys: [batch] */
  readonly bias: Value | undefined;
}

export interface KeyGradients extends PatternGradients {
  /** At the keys of all positions so far. [batch, K, past + position, headWidth] */
  readonly key: Value;
}

/** What the forward pass saved, under the names of its outputs. */
type Saved = (name: string) => Value;

/**
 * g_A = g_z·vᵀ; softmax: g_s = A ⊙ (g_A − ⟨g_z, z⟩), for Σ_u A[t,u]·g_A[t,u] = ⟨g_z[t], z[t]⟩; softcap: ⊙ 1 − tanh²(s/cap);
 * g_q = g_s·k·scale, g_k = g_sᵀ·q·scale summed over a group; rotation back; norm of queries and keys; g·W_Qᵀ + g·W_Kᵀ.
 * @param gradZ [batch, heads, position, headWidth]
 * @param later gradient at the keys from the positions that follow, [batch, K, past + position, headWidth] or one 0
 */
export function patternTransposed(
  g: Graph,
  spec: Attention,
  shape: HeadShape,
  rules: Rules,
  { gradZ, saved, later, positions }: { gradZ: Value; saved: Saved; later: Value; positions: Positions },
): KeyGradients {
  const { headCount, keyValueHeadCount } = shape;
  // Half to A of A·V, half of that to each of Q and K.
  const share = rules.pattern === 'HALVED' ? 0.25 : 1;
  const query = grouped(g, saved('query'), shape);
  const key = saved('key');
  const gradPattern = matmul(g, grouped(g, gradZ, shape), saved('value'), { transposeB: true });
  const expected = reshape(g, dot(g, gradZ, saved('z'), [-1]), 0, keyValueHeadCount, -1, 1);
  const pattern = groupedSquare(g, saved('pattern'), shape, positions);
  let scores = multiply(g, pattern, subtract(g, gradPattern, expected));
  if (spec.softcap !== undefined) {
    const capped = g.op('Tanh', [matmul(g, query, key, { transposeB: true, alpha: spec.scale / spec.softcap })]);
    scores = multiply(g, scores, subtract(g, g.float(1), multiply(g, capped, capped)));
  }
  const alpha = spec.scale * share;
  const gradQuery = ungrouped(g, matmul(g, scores, key, { alpha }), shape);
  const gradKey = add(g, matmul(g, scores, query, { transposeA: true, alpha }), later);
  const side = (map: Linear, norm: QueryKeyNorm | undefined, grad: Value, heads: number, name: string) =>
    projectionTransposed(g, spec, shape, rules, positions, { map, norm, grad, heads, input: () => saved(name) });
  const querySide = side(spec.query, spec.queryNorm, gradQuery, headCount, 'query_input');
  const ownKey = ownPart(g, gradKey, positions);
  const keySide = side(spec.key, spec.keyNorm, ownKey, keyValueHeadCount, 'key_input');
  return { input: add(g, querySide.input, keySide.input), bias: sumOf(g, querySide.bias, keySide.bias), key: gradKey };
}

interface Projection {
  readonly map: Linear;
  readonly norm: QueryKeyNorm | undefined;
  /** Rotated and normed: [batch, heads, position, headWidth] */
  readonly grad: Value;
  readonly heads: number;
  /** What the norm was given: [rows, heads, position, headWidth], or [rows, position, heads·headWidth] for all heads. */
  readonly input: () => Value;
}

function projectionTransposed(
  g: Graph,
  { rotary }: Attention,
  { headWidth }: HeadShape,
  rules: Rules,
  { cos, sin, mask }: Positions,
  { map, norm, grad, heads, input }: Projection,
): PatternGradients {
  // The transpose of a rotation is the rotation back.
  const back = { mask, cos, sin: sin && g.op('Neg', [sin]) };
  const split = rotate(g, rotary, grad, heads, headWidth, back);
  const width = heads * headWidth;
  if (norm === undefined) return throughLinear(g, map, mergeHeads(g, split, width));
  const perHead = norm.over === 'HEAD';
  const normed = perHead ? split : mergeHeads(g, split, width);
  const before = headNormTransposed(g, norm, rules, normed, input(), perHead ? headWidth : width);
  const through = throughLinear(g, map, perHead ? mergeHeads(g, before, width) : before);
  const axes = perHead ? [1, 2, 3] : [1, 2];
  const ownBias = norm.bias === undefined ? undefined : dot(g, normed, g.weight(norm.bias), axes);
  return { input: through.input, bias: sumOf(g, through.bias, ownBias) };
}

function throughLinear(g: Graph, map: Linear, grad: Value): PatternGradients {
  return { input: linearTransposed(g, map, grad), bias: biasShare(g, biasOf(g, map), grad) };
}

/** Norm of queries or keys, transposed. Its scale is computed again: cheaper than to keep it. */
function headNormTransposed(
  g: Graph,
  norm: QueryKeyNorm,
  rules: Rules,
  grad: Value,
  input: Value,
  width: number,
): Value {
  const { kind, epsilon } = norm;
  const r = multiply(g, grad, headNormWeight(g, norm, width));
  const centred = kind === 'LAYER_NORM' ? subtract(g, input, mean(g, input)) : input;
  const scale = rootMeanSquareScale(g, centred, epsilon);
  if (rules.norm === 'HELD') return normedTransposed(g, kind, multiply(g, r, scale));
  return normedDerivative(g, kind, r, scale, input);
}
