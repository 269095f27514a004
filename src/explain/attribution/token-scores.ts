import { type Embedded, inputsOf, passFrom } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { at, dot } from '../../inference/rows.ts';
import type { Span } from '../../inference/span.ts';
import { eachIn, lastIn, type TargetReading, type WholeReading } from '../../inference/target.ts';
import { floats, floatsOf, rowsOf, type Tensor } from '../../inference/tensor.ts';
import { keepsAll } from '../../onnx/skip.ts';
import { audit } from './audit.ts';
import type { AttributionResult, ContributionResult } from './result.ts';

export type TokenScores = Pick<AttributionResult, 'tokens' | 'positions'>;

/**
 * a_s = ⟨g^0_s, x^0_s⟩, and the learned positions' part of it, of each row.
 * @param grad [batch, position, width] @param embedded as many rows, or one for all
 */
export async function tokenScores(
  model: LoadedModel,
  grad: Tensor,
  { x, token, position }: Embedded,
): Promise<TokenScores[]> {
  const score = async (part: Tensor) => {
    const { scores } = await model.run('tokenScores', { grad, x: part });
    return Array.from(rowsOf(scores as Tensor), (row) => row.slice());
  };
  if (!token || !position) return (await score(x)).map((tokens) => ({ tokens, positions: null }));
  const ofPositions = await score(position);
  return (await score(token)).map((scores, row) => {
    const positions = ofPositions[row] as Float32Array;
    return { tokens: scores.map((value, index) => value + at(positions, index)), positions };
  });
}

/** The answer of a method that knows nothing beside tokens. @param x x^0, [1, position, width] */
export async function ofTokens(model: LoadedModel, reading: WholeReading, tokens: Float32Array, x: Tensor, gate: Gate) {
  const { target, attributed, magnitude } = reading;
  const directions = await directionsAtEmbedding(model, eachIn(reading), x, gate);
  const [first = target, last = target] = [eachIn(reading)[0]?.target, lastIn(reading).target];
  const positions = { from: first.position, to: last.position + 1 };
  return {
    target,
    tokens,
    positions: null,
    bias: 0,
    audit: audit(attributed, tokens, magnitude),
    embedding: embeddingOf(directions, x, positions, tokens),
    grains: {},
  } satisfies AttributionResult;
}

/**
 * The direct directions at x^0: those at the top, unless norms over the residual stream itself lie on the way.
 * @param x x^0, [1, position, width] @returns [width] each
 */
async function directionsAtEmbedding(
  model: LoadedModel,
  readings: readonly TargetReading[],
  x: Tensor,
  gate: Gate,
): Promise<Float32Array[]> {
  const { blocks, width } = model.specification;
  if (blocks.every(keepsAll)) return readings.map(({ direction }) => direction);
  const { saved } = await passFrom(model, x, gate, inputsOf(model, 'skip'));
  const top = new Float32Array(floatsOf({ x }, 'x').length);
  for (const { direction, target } of readings) top.set(direction, target.position * width);
  let rows = floats(top, ...x.dims);
  for (const [layer, tensors] of [...saved.entries()].reverse())
    rows = (await model.runBlock('skip', layer, { ...tensors, rows }, ['before'])).before as Tensor;
  return readings.map(({ target }) => rowsOf(rows).row(target.position));
}

/**
 * What the embedding contributes: directly Σ ⟨direction, x^0⟩ at the target's positions, in total all tokens.
 * @param directions of each of them at x^0, [width] @param x x^0, [1, position, width]
 */
export function embeddingOf(
  directions: readonly Float32Array[],
  x: Tensor,
  { from }: Span,
  tokens: Float32Array,
): ContributionResult {
  return {
    direct: directions.reduce((sum, direction, place) => sum + dot(direction, rowsOf(x).row(from + place)), 0),
    total: tokens.reduce((sum, value) => sum + value, 0),
  };
}
