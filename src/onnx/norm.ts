/** LayerNorm and RMSNorm: forward, with its scale held, and transposed (frozen linear map). */
import type { Norm } from '../architecture/specification.ts';
import { add, mean, multiply, subtract } from './algebra.ts';
import type { Graph, Value } from './writer.ts';

/** x normed, and the scale s = 1/√(variance + ε) that it was normed with: [batch, position, 1]. */
export interface Normed {
  readonly value: Value;
  readonly scale: Value;
}

/** @param x [batch, position, width] */
export function norm(g: Graph, spec: Norm, x: Value, width: number): Normed {
  if (spec.kind === 'LAYER_NORM') {
    const bias = biasOfNorm(g, spec);
    const inputs = [x, weightOfNorm(g, spec) ?? g.floats(Array(width).fill(1)), ...(bias ? [bias] : [])];
    const [value, , scale] = g.ops('LayerNormalization', inputs, 3, { axis: -1, epsilon: spec.epsilon });
    return { value: value as Value, scale: scale as Value };
  }
  const scale = rootMeanSquareScale(g, x, spec.epsilon);
  return { value: scaled(g, spec, x, scale), scale };
}

/**
 * Transpose of the norm with its scale held: r = g ⊙ γ·s, for LayerNorm less its mean.
 * @param grad [batch, position, width] @param scale [batch or 1, position, 1]
 */
export function normTransposed(g: Graph, spec: Norm, grad: Value, scale: Value): Value {
  return normedTransposed(g, spec.kind, scaled(g, spec, grad, scale));
}

/**
 * Transpose of the norm's true derivative, its scale depending on x.
 * @param x what was normed, [batch or 1, position, width]
 */
export function normDerivative(g: Graph, spec: Norm, grad: Value, scale: Value, x: Value): Value {
  const weight = weightOfNorm(g, spec);
  return normedDerivative(g, spec.kind, weight === undefined ? grad : multiply(g, grad, weight), scale, x);
}

/** What remains of the transpose once the scale and γ are multiplied in: LayerNorm's mean. @param r [..., width] */
export function normedTransposed(g: Graph, kind: Norm['kind'], r: Value): Value {
  return kind === 'LAYER_NORM' ? subtract(g, r, mean(g, r)) : r;
}

/**
 * With x̂ = x·s (LayerNorm: centred) and r = g ⊙ γ: s·(r − x̂·mean(r ⊙ x̂)), for LayerNorm less its mean. From
 * ∂s/∂x = −s³·x/width.
 * @param r, x [..., width] @param scale s, [..., 1]
 */
export function normedDerivative(g: Graph, kind: Norm['kind'], r: Value, scale: Value, x: Value): Value {
  const centred = kind === 'LAYER_NORM' ? subtract(g, x, mean(g, x)) : x;
  const normed = multiply(g, centred, scale);
  const alongScale = multiply(g, normed, mean(g, multiply(g, r, normed)));
  return multiply(g, normedTransposed(g, kind, subtract(g, r, alongScale)), scale);
}

/**
 * The norm's linear part, without its scale and its bias: x centred (LayerNorm) and times γ. The scale is a positive
 * number per position, so this is all that the weights alone can tell of a norm.
 * @param x [..., width] @returns x itself where there is no norm
 */
export function linearPart(g: Graph, spec: Norm | undefined, x: Value): Value {
  if (spec === undefined) return x;
  const centred = spec.kind === 'LAYER_NORM' ? subtract(g, x, mean(g, x)) : x;
  return timesWeight(g, spec, centred);
}

/**
 * The norm as a linear map, its scale held and without its bias.
 * @param x [..., position, width] @param scale gives s, [batch or 1, position, 1]; asked for where there is a norm
 */
export function heldNorm(g: Graph, spec: Norm | undefined, x: Value, scale: () => Value): Value {
  return spec === undefined ? x : multiply(g, linearPart(g, spec, x), scale());
}

/** Transpose of `linearPart`. @param grad [..., width] */
export function linearPartTransposed(g: Graph, spec: Norm | undefined, grad: Value): Value {
  return spec === undefined ? grad : normedTransposed(g, spec.kind, timesWeight(g, spec, grad));
}

export function biasOfNorm(g: Graph, spec: Norm): Value | undefined {
  return spec.bias === undefined ? undefined : g.weight(spec.bias);
}

/** γ, with Gemma's 1 added where the family has it. */
export function weightOfNorm(
  g: Graph,
  { weight, weightOffset }: Pick<Norm, 'weight' | 'weightOffset'>,
): Value | undefined {
  if (weight === undefined) return undefined;
  return weightOffset ? add(g, g.weight(weight), g.float(weightOffset)) : g.weight(weight);
}

export function rootMeanSquareScale(g: Graph, x: Value, epsilon: number): Value {
  const variance = add(g, mean(g, multiply(g, x, x)), g.float(epsilon));
  return g.op('Reciprocal', [g.op('Sqrt', [variance])]);
}

function scaled(g: Graph, spec: Norm, x: Value, scale: Value): Value {
  return timesWeight(g, spec, multiply(g, x, scale));
}

function timesWeight(g: Graph, spec: Norm, x: Value): Value {
  const weight = weightOfNorm(g, spec);
  return weight === undefined ? x : multiply(g, x, weight);
}
