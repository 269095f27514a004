import type { Embedded } from '../model/forward-pass.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { TargetReading } from '../model/target.ts';
import { floatsOf, type Tensor } from '../model/tensor.ts';
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
  const tokens = (await score(token)).map((value, at) => value + (positions[at] as number));
  return { tokens, positions };
}

/** The answer of a method that knows nothing beside tokens. @param x x^0, [1, position, width] */
export function ofTokens({ target, attributed, direction, magnitude }: TargetReading, tokens: Float32Array, x: Tensor) {
  return {
    target,
    tokens,
    positions: null,
    bias: 0,
    audit: audit(attributed, tokens, magnitude),
    embedding: embeddingOf(direction, x, target.position, tokens),
    grains: {},
  } satisfies AttributionResult;
}

/**
 * What the embedding contributes: directly ⟨direction, x^0⟩ at the target's position, in total all tokens.
 * @param direction [width] @param x x^0, [1, position, width]
 */
export function embeddingOf(
  direction: Float32Array,
  x: Tensor,
  position: number,
  tokens: Float32Array,
): ContributionResult {
  const values = floatsOf({ x }, 'x');
  const offset = position * direction.length;
  return {
    direct: direction.reduce((sum, value, index) => sum + value * (values[offset + index] as number), 0),
    total: tokens.reduce((sum, value) => sum + value, 0),
  };
}
