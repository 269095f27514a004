/** The two ends of a model: token ids to the residual stream, and the residual stream to logits and back. */
import type { ModelSpecification } from '../architecture/specification.ts';
import { add, dot, multiply, reshape, softcapped, subtract, sum } from './algebra.ts';
import { linear, linearTransposed } from './linear.ts';
import { biasOfNorm, linearPartTransposed, norm, normDerivative, normTransposed } from './norm.ts';
import { fewTimesTransposed, times, timesTransposed } from './pieces.ts';
import type { Graph, Value } from './writer.ts';

/** Inputs `ids` [batch, position] and, with learned positions, `positions` [position]. */
export function embed(
  g: Graph,
  { embedding }: ModelSpecification,
): { x: Value; token: Value; position: Value | undefined } {
  const ids = g.input('ids', 'INT64', ['batch', 'position']);
  const gathered = rows(g, embedding.token, ids);
  const scaled = embedding.scale === undefined ? gathered : multiply(g, gathered, g.float(embedding.scale));
  const token = embedding.projection ? linear(g, embedding.projection.map, scaled) : scaled;
  if (!embedding.position) return { x: token, token, position: undefined };
  const gatheredPositions = rows(g, embedding.position.weight, g.input('positions', 'INT64', ['position']));
  const position = g.op('Unsqueeze', [gatheredPositions, g.integers(0)]);
  return { x: add(g, token, position), token, position };
}

/**
 * N_f, a projection and W_U, as in the model's own pass.
 * @param x [batch, position, width]
 * @param product x·Wᵀ; by default [batch, position, vocabulary]
 * @returns logits before a softcap
 */
export function unembed(
  g: Graph,
  { unembedding, width }: ModelSpecification,
  x: Value,
  product: typeof fewTimesTransposed = timesTransposed,
): { logits: Value; scale: Value | undefined } {
  const normed = unembedding.norm ? norm(g, unembedding.norm, x, width) : { value: x, scale: undefined };
  const read = unembedding.projection ? linear(g, unembedding.projection.map, normed.value) : normed.value;
  const logits = product(g, read, unembedding.weight, g.pieces(unembedding.weight));
  return { logits: unembedding.bias ? add(g, logits, g.weight(unembedding.bias)) : logits, scale: normed.scale };
}

export function softcap(g: Graph, { unembedding }: ModelSpecification, logits: Value): Value {
  const cap = unembedding.softcap;
  return cap === undefined ? logits : softcapped(g, logits, cap);
}

/** ∂capped/∂logits = 1 − (capped/cap)²; 1 without a softcap. */
function softcapSlope(g: Graph, { unembedding: { softcap: cap } }: ModelSpecification, capped: Value): Value {
  if (cap === undefined) return g.float(1);
  return subtract(g, g.float(1), multiply(g, multiply(g, capped, capped), g.float(cap ** -2)));
}

/**
 * Everything that is asked about logits, which need not leave onnxruntime themselves.
 * Inputs: `x` [batch, position, width]; `at` [targets, 2] = (batch, position); `token`, `against` [targets], −1 for none
 * (the top choice, no contrast); `top` [1].
 * Outputs: `resolved_token`, `logit`, `against_logit` (before the softcap), `capped_logit`, `log_sum_exp`, `rank`;
 * `capped_logits` [targets, vocabulary], of every token;
 * `scale`, that of the final norm, 1 without one;
 * `top_logits`, `top_tokens` [targets, top]; `direction` [targets, width], the gradient of the target's logit at x with
 * the norm's scale held; `derivative`, the same by the norm's true derivative; `bias` [targets], what β and b_U
 * contribute to it.
 */
export function target(g: Graph, model: ModelSpecification): void {
  const { unembedding } = model;
  const x = g.input('x', 'F32', ['batch', 'position', model.width]);
  const at = g.input('at', 'INT64', ['targets', 2]);
  const asked = g.input('token', 'INT64', ['targets']);
  const against = g.input('against', 'INT64', ['targets']);
  const top = g.input('top', 'INT64', [1]);

  const row = reshape(g, g.op('GatherND', [x, at]), -1, 1, model.width);
  const { logits, scale } = unembed(g, model, row, fewTimesTransposed);
  const capped = softcap(g, model, logits);

  const best = g.op('ArgMax', [logits], { axis: -1, keepdims: 0 });
  const token = g.op('Where', [g.op('Less', [asked, zero(g)]), best, asked]);
  const { other, hasOther, difference } = contrastOf(g, token, against);
  const pick = (values: Value, index: Value) =>
    reshape(g, g.op('GatherElements', [values, reshape(g, index, -1, 1)], { axis: 1 }), -1);
  const cappedLogit = pick(capped, token);
  g.output('resolved_token', token, 'INT64');
  g.output('logit', pick(logits, token));
  g.output('against_logit', pick(logits, other));
  g.output('capped_logit', cappedLogit);
  g.output('capped_logits', capped);
  g.output('log_sum_exp', logSumExp(g, capped));
  const better = g.toFloat(g.op('Greater', [capped, reshape(g, cappedLogit, -1, 1)]));
  g.output('rank', add(g, g.op('ReduceSum', [better, g.integers(-1)], { keepdims: 0 }), g.float(1)));
  g.output('scale', scale ? reshape(g, scale, -1) : g.op('Expand', [g.float(1), g.op('Shape', [token])]));
  const [topLogits, topTokens] = g.ops('TopK', [capped, top], 2, { axis: -1, largest: 1, sorted: 1 });
  g.output('top_logits', topLogits as Value);
  g.output('top_tokens', topTokens as Value, 'INT64');

  const ofVocabulary =
    unembedding.bias && difference(rows(g, unembedding.bias, token), rows(g, unembedding.bias, other), hasOther);
  directionOutputs(g, model, { direction: atTable(g, model, token, against), ofVocabulary, row, scale });
}

/**
 * A token's direction in the last residual stream as far as the weights alone tell it: times the final norm's scale it is
 * the `direction` of `target`.
 * Inputs `token`, `against` [targets], −1 for no contrast; output `direction` [targets, width].
 */
export function direction(g: Graph, model: ModelSpecification): void {
  const { norm: spec, projection } = model.unembedding;
  const token = g.input('token', 'INT64', ['targets']);
  const read = atTable(g, model, token, g.input('against', 'INT64', ['targets']));
  g.output('direction', linearPartTransposed(g, spec, projection ? linearTransposed(g, projection.map, read) : read));
}

/** What a token is contrasted with, the token itself where it is with none. @param token, against [targets] */
function contrastOf(g: Graph, token: Value, against: Value) {
  const alone = g.op('Less', [against, zero(g)]);
  return {
    other: g.op('Where', [alone, token, against]),
    /** 1 where there is a contrast, otherwise 0. [targets] */
    hasOther: subtract(g, g.float(1), g.toFloat(alone)),
    difference: (one: Value, two: Value, has: Value) => subtract(g, one, multiply(g, two, has)),
  };
}

/** W_U[:, token], for a contrast less W_U[:, against]. [targets, width of the table] */
function atTable(g: Graph, { unembedding: { weight } }: ModelSpecification, token: Value, against: Value): Value {
  const { other, hasOther, difference } = contrastOf(g, token, against);
  return difference(rows(g, weight, token), rows(g, weight, other), reshape(g, hasOther, -1, 1));
}

/**
 * A (log-)probability f of a target, linearised at the logits z of the run: f(z + δ) ≈ f(z) + ⟨∂f/∂z, δ⟩, through the
 * softmax and a softcap.
 * Inputs: `x`, `at`, `token`, `against` as in `target`, `token` resolved; `probability` [targets], 1 for f = p(token),
 * 0 for f = log p(token); of a contrast the difference of two.
 * Outputs: `value` [targets], f(z); `linear` [targets], ⟨∂f/∂z, z⟩; `direction`, `derivative`, `bias` as of `target`.
 */
export function linearised(g: Graph, model: ModelSpecification): void {
  const { unembedding, vocabularySize, width } = model;
  const x = g.input('x', 'F32', ['batch', 'position', width]);
  const at = g.input('at', 'INT64', ['targets', 2]);
  const token = g.input('token', 'INT64', ['targets']);
  const against = g.input('against', 'INT64', ['targets']);
  const column = (value: Value) => reshape(g, value, -1, 1);
  const ofProbability = column(g.input('probability', 'F32', ['targets']));

  const row = reshape(g, g.op('GatherND', [x, at]), -1, 1, width);
  const { logits, scale } = unembed(g, model, row, fewTimesTransposed);
  const capped = softcap(g, model, logits);
  const logProbabilities = subtract(g, capped, column(logSumExp(g, capped)));
  const probabilities = g.op('Exp', [logProbabilities]);

  const contrasted = g.op('Not', [g.op('Less', [against, zero(g)])]);
  const other = g.op('Where', [contrasted, against, token]);
  const hasOther = column(g.toFloat(contrasted));
  const pick = (values: Value, one: Value) => g.op('GatherElements', [values, column(one)], { axis: 1 });
  /**
   * f of one token, and its gradient with respect to the capped logits: 1[y] − p, times p(y) for the probability. At y
   * it is the sum of all other p: where p(y) is near 1, 1 − p(y) would have no digits left.
   */
  const of = (one: Value) => {
    const mark = g.op('OneHot', [one, g.integers(vocabularySize), g.floats([0, 1])], { axis: -1 });
    const others = multiply(g, probabilities, subtract(g, g.float(1), mark));
    const rest = sumOverVocabulary(g, others);
    const factor = choose(g, ofProbability, pick(probabilities, one), g.float(1));
    return {
      value: choose(g, ofProbability, pick(probabilities, one), pick(logProbabilities, one)),
      gradient: multiply(g, subtract(g, multiply(g, mark, rest), others), factor),
    };
  };
  const [asked, contrast] = [of(token), of(other)];
  const difference = (one: Value, two: Value) => subtract(g, one, multiply(g, two, hasOther));
  const ofCapped = difference(asked.gradient, contrast.gradient);
  const slope = softcapSlope(g, model, capped);
  const gradient = multiply(g, ofCapped, slope);
  g.output('value', reshape(g, difference(asked.value, contrast.value), -1));
  // That gradient sums to 0: what the logits have in common, often far more than their differences, is left out.
  const weighed = multiply(g, slope, logits);
  const apart = subtract(g, weighed, pick(weighed, token));
  const overVocabulary = (a: Value, b: Value) => reshape(g, sumOverVocabulary(g, multiply(g, a, b)), -1);
  g.output('linear', overVocabulary(ofCapped, apart));
  directionOutputs(g, model, {
    direction: intoWidth(g, model, gradient),
    ofVocabulary: unembedding.bias && overVocabulary(gradient, g.weight(unembedding.bias)),
    row,
    scale,
  });
}

/**
 * Outputs `direction` [targets, width], the target's gradient at x with the norm's scale held, `derivative`, the same by
 * the norm's true derivative, and `bias` [targets], what the final norm's β and b_U contribute.
 * @param direction the gradient at W_U, [targets, width of the table]
 * @param row what that norm was given, [targets, 1, width]
 */
function directionOutputs(
  g: Graph,
  { unembedding: { norm: spec, projection }, width }: ModelSpecification,
  {
    direction,
    ofVocabulary,
    row,
    scale,
  }: { direction: Value; ofVocabulary: Value | undefined; row: Value; scale: Value | undefined },
): void {
  const normed = projection ? linearTransposed(g, projection.map, direction) : direction;
  const grad = reshape(g, normed, -1, 1, width);
  const held = spec && scale ? normTransposed(g, spec, grad, scale) : grad;
  const derivative = spec && scale ? normDerivative(g, spec, grad, scale, row) : grad;
  g.output('direction', reshape(g, held, -1, width));
  g.output('derivative', reshape(g, derivative, -1, width));
  const normBias = spec && biasOfNorm(g, spec);
  const ofNorm = normBias ? dot(g, grad, normBias, [1, 2]) : multiply(g, sum(g, normed, [1]), g.float(0));
  g.output('bias', ofVocabulary ? add(g, ofNorm, ofVocabulary) : ofNorm);
}

/**
 * Σ_j gradient_j·W_U[:, j], [targets, width of the table]. Gains and losses are two rows: of a single one onnxruntime makes
 * a sum of the whole vocabulary one token after the other, of several one in blocks, which rounds much less.
 * @param gradient [targets, vocabulary]
 */
function intoWidth(g: Graph, { unembedding: { weight } }: ModelSpecification, gradient: Value): Value {
  const [, width = 0] = g.entry(weight).shape;
  const gains = g.op('Relu', [gradient]);
  const both = g.op('Concat', [gains, subtract(g, gradient, gains)], { axis: 0 });
  return sum(g, reshape(g, times(g, both, weight, g.pieces(weight)), 2, -1, width), [0]);
}

/**
 * In float64: beside the likeliest tokens, float32 would lose a vocabulary's long tail.
 * @param values [targets, vocabulary] @returns [targets, 1]
 */
export function sumOverVocabulary(g: Graph, values: Value): Value {
  return g.toFloat(sum(g, g.toDouble(values), [1], true));
}

/** `one` where `which` is 1, `two` where it is 0. */
function choose(g: Graph, which: Value, one: Value, two: Value): Value {
  return add(g, multiply(g, which, one), multiply(g, subtract(g, g.float(1), which), two));
}

/** Rows of a stored weight, as float32: only those are converted. */
function rows(g: Graph, weight: string, index: Value): Value {
  const gathered = g.op('Gather', [g.stored(weight), index], { axis: 0 });
  return g.entry(weight).dtype === 'F32' ? gathered : g.toFloat(gathered);
}

/** Over the last axis, with the largest taken out first; NaN where one of them is −∞, which would be lost. */
export function logSumExp(g: Graph, values: Value): Value {
  const largest = g.op('ReduceMax', [values, g.integers(-1)], { keepdims: 1 });
  const sumExp = sumOverVocabulary(g, g.op('Exp', [subtract(g, values, largest)]));
  const nothing = multiply(g, sum(g, values, [-1], true), g.float(0));
  return reshape(g, add(g, add(g, g.op('Log', [sumExp]), largest), nothing), -1);
}

function zero(g: Graph): Value {
  return reshape(g, g.integers(0), 1);
}
