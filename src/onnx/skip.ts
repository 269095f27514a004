/** What the residual connection beside a part keeps of the stream: all of it, unless a norm is over both; see `PostNorm`. */
import type { Block, PostNorm } from '../architecture/specification.ts';
import { heldNorm, linearPart, normTransposed } from './norm.ts';
import type { Graph, Value } from './writer.ts';

type Part = { readonly postNorm?: PostNorm | undefined };

export function normsStream({ over }: PostNorm): boolean {
  return over === 'STREAM';
}

/** Whether the stream gets past both parts of the block as it is. */
export function keepsAll({ attention, mlp }: Block): boolean {
  return streamNorm(attention) === undefined && (mlp === undefined || streamNorm(mlp) === undefined);
}

/** @param x [..., position, width] @param scale gives that of the post norm, [batch or 1, position, 1] */
export function skip(g: Graph, part: Part, x: Value, scale: () => Value): Value {
  return heldNorm(g, streamNorm(part), x, scale);
}

/** Transpose of `skip`. @param grad [batch, position, width] */
export function skipTransposed(g: Graph, part: Part, grad: Value, scale: () => Value): Value {
  const norm = streamNorm(part);
  return norm ? normTransposed(g, norm, grad, scale()) : grad;
}

/** `skip` as far as weights alone tell it, without the scale. @param x [..., width] */
export function skipLinearPart(g: Graph, part: Part, x: Value): Value {
  return linearPart(g, streamNorm(part), x);
}

function streamNorm({ postNorm }: Part): PostNorm | undefined {
  return postNorm && normsStream(postNorm) ? postNorm : undefined;
}
