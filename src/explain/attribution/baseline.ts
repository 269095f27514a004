/** What stands in for a token that is taken away. */
import { type Embedded, embed } from '../../inference/forward-pass.ts';
import type { LoadedModel } from '../../inference/loaded-model.ts';
import { floatsOf } from '../../inference/tensor.ts';
import type { MethodOptions } from './result.ts';

/**
 * x^0 with `baseline` in every position, [position, width]; the learned position embeddings stay. Null: the token's part
 * is zero.
 */
export async function baselineEmbedding(
  model: LoadedModel,
  { x, position }: Embedded,
  baseline: MethodOptions['baseline'],
): Promise<Float32Array> {
  const [, length = 0, width = 0] = x.dims;
  if (typeof baseline === 'number') return floatsOf({ x: (await embed(model, Array(length).fill(baseline))).x }, 'x');
  return position ? floatsOf({ position }, 'position') : new Float32Array(length * width);
}
