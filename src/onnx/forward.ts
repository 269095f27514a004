/** One block, forward: the model's own pass, or runs that differ from it. */
import type { Block, ModelSpecification, Norm } from '../architecture/specification.ts';
import { type Ablation, ablate } from './ablation.ts';
import { add } from './algebra.ts';
import { type AttentionTrace, attention, type Positions, type Variant } from './attention.ts';
import { addBias } from './linear.ts';
import { type MlpTrace, mlp } from './mlp.ts';
import { biasOfNorm, heldNorm, type Normed, norm } from './norm.ts';
import { normsStream } from './skip.ts';
import type { Graph, Value } from './writer.ts';

/** A part of the block with the norms around it. */
interface Branch<Trace> {
  readonly trace: Trace;
  /** What the residual stream gets. [rows, position, width] */
  readonly out: Value;
  /** The same, but of a part with a norm over the stream what that norm is given of it: the part's own output. */
  readonly written: Value;
  /** The residual stream with it. [rows, position, width] */
  readonly post: Value;
  /** What a post norm is given. */
  readonly raw: Value | undefined;
  /** Scales of the norms before and after: [batch, position, 1]. */
  readonly scale: Value | undefined;
  readonly postScale: Value | undefined;
}

export interface BlockTrace {
  readonly attention: Branch<AttentionTrace>;
  readonly mlp: Branch<MlpTrace> | undefined;
  /** After the attention; a parallel block has none. */
  readonly mid: Value | undefined;
  /** The residual stream after the block. [rows, position, width] */
  readonly post: Value;
}

/** @param x the residual stream before the block, [rows, position, width] */
export function forwardBlock(
  g: Graph,
  model: ModelSpecification,
  block: Block,
  x: Value,
  positions: Positions,
  variant: Variant = {},
): BlockTrace {
  const { ablation, at } = variant;
  const attentionBranch = branch(g, block.attention, model.width, { x, skip: x }, (y) =>
    attention(g, block.attention, model, y, positions, variant),
  );
  const mid = attentionBranch.post;
  const spec = block.mlp;
  if (spec === undefined) return { attention: attentionBranch, mlp: undefined, mid: undefined, post: mid };
  const read = block.parallel ? x : mid;
  const mlpBranch = branch(g, spec, model.width, { x: read, skip: mid, ablation }, (y) => mlp(g, spec, y, at));
  return {
    attention: attentionBranch,
    mlp: mlpBranch,
    mid: block.parallel ? undefined : mid,
    post: mlpBranch.post,
  };
}

/** @param x what the part reads @param skip what it is added to @param ablation of all that is added */
function branch<Trace extends { readonly out: Value }>(
  g: Graph,
  { norm: pre, postNorm: post }: Pick<Block['attention'], 'norm' | 'postNorm'>,
  width: number,
  { x, skip, ablation }: { x: Value; skip: Value; ablation?: Ablation | undefined },
  part: (y: Value) => Trace,
): Branch<Trace> {
  const normed = (spec: Norm, value: Value): Normed => norm(g, spec, value, width);
  const kept = (added: Value) => (ablation?.keepMlp ? ablate(g, added, ablation.keepMlp, ablation) : added);
  const before = pre && normed(pre, x);
  const trace = part(before?.value ?? x);
  if (post && normsStream(post)) {
    const raw = add(g, skip, kept(trace.out));
    const { value, scale } = normed(post, raw);
    const out = addBias(
      g,
      heldNorm(g, post, trace.out, () => scale),
      biasOfNorm(g, post),
    );
    return { trace, out, written: trace.out, post: value, raw, scale: before?.scale, postScale: scale };
  }
  const after = post && normed(post, trace.out);
  const out = kept(after?.value ?? trace.out);
  return {
    trace,
    out,
    written: out,
    post: add(g, skip, out),
    raw: after && trace.out,
    scale: before?.scale,
    postScale: after?.scale,
  };
}
