/** One block, forward: the model's own pass, the circulation of a stack of rows beside it, or runs that lack components. */
import type { Block, ModelSpecification } from '../architecture/specification.ts';
import { type Ablation, ablate } from './ablation.ts';
import { add } from './algebra.ts';
import { type AttentionTrace, attention, type Positions } from './attention.ts';
import type { Graph, Value } from './graph.ts';
import { type MlpTrace, mlp } from './mlp.ts';
import { frozenNorm, norm } from './norm.ts';
import { own, type Stack } from './stack.ts';

/** A part of the block with the norms around it. */
interface Branch<Trace> {
  readonly trace: Trace;
  /** What the residual stream gets. [rows, position, width] */
  readonly out: Value;
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

/** Absent: the model's own pass, of every row by itself. */
export interface Variant {
  readonly stack?: Stack | undefined;
  readonly ablation?: Ablation | undefined;
}

/** @param x the residual stream before the block, [rows, position, width] */
export function forwardBlock(
  g: Graph,
  model: ModelSpecification,
  block: Block,
  x: Value,
  positions: Positions,
  { stack, ablation }: Variant = {},
): BlockTrace {
  const attentionBranch = branch(g, block.attention, model.width, x, stack, (y) =>
    attention(g, block.attention, model, y, positions, { stack, ablation }),
  );
  const mid = add(g, x, attentionBranch.out);
  const spec = block.mlp;
  if (spec === undefined) return { attention: attentionBranch, mlp: undefined, mid: undefined, post: mid };
  const mlpBranch = branch(g, spec, model.width, block.parallel ? x : mid, stack, (y) => mlp(g, spec, y, stack));
  const mlpOut = ablation?.keepMlp ? ablate(g, mlpBranch.out, ablation.keepMlp, ablation) : mlpBranch.out;
  return {
    attention: attentionBranch,
    mlp: { ...mlpBranch, out: mlpOut },
    mid: block.parallel ? undefined : mid,
    post: add(g, mid, mlpOut),
  };
}

function branch<Trace extends { readonly out: Value }>(
  g: Graph,
  { norm: pre, postNorm: post }: Pick<Block['attention'], 'norm' | 'postNorm'>,
  width: number,
  x: Value,
  stack: Stack | undefined,
  part: (y: Value) => Trace,
): Branch<Trace> {
  const normed = (spec: typeof pre, value: Value) => {
    if (spec === undefined) return { value, scale: undefined };
    return stack === undefined
      ? norm(g, spec, value, width)
      : frozenNorm(g, spec, value, own(g, value, stack), stack.affine, width);
  };
  const before = normed(pre, x);
  const trace = part(before.value);
  const after = normed(post, trace.out);
  return { trace, out: after.value, scale: before.scale, postScale: after.scale };
}
