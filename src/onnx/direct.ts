/** What a block writes straight to a logit, read off the way up: all that its norms and W_O have to do with it. */
import type { Block, ModelSpecification } from '../architecture/specification.ts';
import { dot, reshape, sumOf } from './algebra.ts';
import { splitHeads } from './attention.ts';
import { biasOf, biasShare, linearTransposed } from './linear.ts';
import { biasOfNorm, normTransposed } from './norm.ts';
import type { Saved } from './reverse.ts';
import type { Graph, Value } from './writer.ts';

/**
 * Outputs, each for every target: `attention` and, with an MLP, `mlp` [targets] = ⟨direct, what the part writes at the
 * target's position⟩; `heads` [targets, heads], and `attention_bias` [targets], which is no head's.
 * @param direct the direction in the residual stream, [targets, 1, width] @param at (batch, position), [targets, 2]
 */
export function directContributions(
  g: Graph,
  { width, headCount, headWidth }: ModelSpecification,
  { attention: { postNorm, output }, mlp }: Block,
  { direct, at }: { readonly direct: Value; readonly at: Value },
  saved: Saved,
): void {
  const along = (name: string) => dot(g, reshape(g, direct, -1, width), g.op('GatherND', [saved(name), at]), [1]);
  g.output('attention', along('attention_out'));
  if (mlp) g.output('mlp', along('mlp_out'));
  const scale = () => reshape(g, g.op('GatherND', [saved('attention_post_scale'), at]), -1, 1, 1);
  const within = postNorm ? normTransposed(g, postNorm, direct, scale()) : direct;
  const directZ = reshape(
    g,
    splitHeads(g, linearTransposed(g, output, within), headCount, headWidth),
    -1,
    headCount,
    headWidth,
  );
  const rows = g.op('GatherND', [g.op('Transpose', [saved('z')], { perm: [0, 2, 1, 3] }), at]);
  g.output('heads', dot(g, directZ, rows, [2]));
  const normBias = postNorm && biasOfNorm(g, postNorm);
  const bias = sumOf(g, biasShare(g, normBias, direct), biasShare(g, biasOf(g, output), within));
  g.output('attention_bias', bias ?? g.op('Expand', [g.float(0), g.op('Shape', [at], { start: 0, end: 1 })]));
}
