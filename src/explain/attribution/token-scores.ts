import { type Embedded, inputsOf, passFrom } from '../../inference/forward-pass.ts';
import type { Gate } from '../../inference/gate.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { at, dot } from '../../inference/rows.ts';
import type { TargetReading } from '../../inference/target.ts';
import { floats, floatsOf, rowsOf, type Tensor } from '../../inference/tensor.ts';
import { keepsAll } from '../../onnx/skip.ts';
import { audit } from './audit.ts';
import type { AttributionResult, ContributionResult } from './result.ts';

/** a_s = ⟨g^0_s, x^0_s⟩, and the learned positions' part of it. @param grad [1, position, width] */
export async function tokenScores(
  model: LoadedModel,
  grad: Tensor,
  { x, token, position }: Embedded,
): Promise<Pick<AttributionResult, 'tokens' | 'positions'>> {
  const score = async (part: Tensor) => floatsOf(await model.run('tokenScores', { grad, x: part }), 'scores');
  if (!token || !position) return { tokens: await score(x), positions: null };
  const positions = await score(position);
  const tokens = (await score(token)).map((value, index) => value + at(positions, index));
  return { tokens, positions };
}

/** The answer of a method that knows nothing beside tokens. @param x x^0, [1, position, width] */
export async function ofTokens(
  model: LoadedModel,
  { target, attributed, direction, magnitude }: TargetReading,
  tokens: Float32Array,
  x: Tensor,
  gate: Gate,
) {
  const direct = await directionAtEmbedding(model, direction, x, target.position, gate);
  return {
    target,
    tokens,
    positions: null,
    bias: 0,
    audit: audit(attributed, tokens, magnitude),
    embedding: embeddingOf(direct, x, target.position, tokens),
    grains: {},
  } satisfies AttributionResult;
}

/**
 * The direct direction at x^0: the one at the top, unless norms over the residual stream itself lie on the way.
 * @param x x^0, [1, position, width] @returns [width]
 */
async function directionAtEmbedding(
  model: LoadedModel,
  direction: Float32Array,
  x: Tensor,
  position: number,
  gate: Gate,
): Promise<Float32Array> {
  const { blocks } = model.specification;
  if (blocks.every(keepsAll)) return direction;
  const { saved } = await passFrom(model, x, gate, inputsOf(model, 'skip'));
  const start = position * direction.length;
  const top = new Float32Array(floatsOf({ x }, 'x').length);
  top.set(direction, start);
  let rows = floats(top, ...x.dims);
  for (const [layer, tensors] of [...saved.entries()].reverse())
    rows = (await model.runBlock('skip', layer, { ...tensors, rows }, ['before'])).before as Tensor;
  return floatsOf({ rows }, 'rows').slice(start, start + direction.length);
}

/**
 * What the embedding contributes: directly ⟨direction, x^0⟩ at the target's position, in total all tokens.
 * @param direction at x^0, [width] @param x x^0, [1, position, width]
 */
export function embeddingOf(
  direction: Float32Array,
  x: Tensor,
  position: number,
  tokens: Float32Array,
): ContributionResult {
  return {
    direct: dot(direction, rowsOf(x).row(position)),
    total: tokens.reduce((sum, value) => sum + value, 0),
  };
}
