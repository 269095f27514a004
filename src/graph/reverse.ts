/** One block of the frozen linear map, transposed: what a target is sensitive to, and what every part contributes. */
import type { Block, ModelSpecification } from '../architecture/specification.ts';
import { add, dot, reshape, sumOf } from './algebra.ts';
import { attentionTransposed, headDot, type Positions } from './attention.ts';
import type { Graph, Value } from './graph.ts';
import { biasShare } from './linear.ts';
import { mlpTransposed } from './mlp.ts';
import { biasOfNorm, normTransposed } from './norm.ts';

/** What the forward pass saved of this block, under the names of its outputs. */
export type Saved = (name: string) => Value;

export interface Sensitivity {
  /** Of the target to the residual stream. [batch, position, width] */
  readonly grad: Value;
  /** The target's own direction at its position, stopped at the top of the model. [batch, 1, width] */
  readonly direct: Value;
  /** (index into what was saved, position) of each target: [batch, 2] */
  readonly at: Value;
}

/** Gradients and contributions of one branch of the block. */
interface BranchGradients {
  /** Gradient at the branch's input, through its norm. [batch, position, width] */
  readonly input: Value;
  /** Σ ⟨grad, bias⟩ over all biases of the branch: [batch], undefined where it has none. */
  readonly bias: Value | undefined;
}

/** Outputs `grad_before`, the sensitivity to the stream before the block, and everything that is read off on the way; see the README for the names. */
export function reverseBlock(
  g: Graph,
  model: ModelSpecification,
  block: Block,
  at: Sensitivity,
  saved: Saved,
  positions: Positions,
): void {
  const mlpBranch = block.mlp && reverseMlp(g, block.mlp, at, saved);
  const mid = mlpBranch ? add(g, at.grad, mlpBranch.input) : at.grad;
  const atAttention = block.parallel ? at.grad : mid;
  const attentionBranch = reverseAttention(g, model, block.attention, { ...at, grad: atAttention }, saved, positions);
  const grad = add(g, mid, attentionBranch.input);
  g.output('grad_before', grad);
  g.output('residual', dot(g, grad, saved('x'), [1, 2]));
  g.output('bias', sumOf(g, mlpBranch?.bias, attentionBranch.bias) ?? noBias(g, at));
}

function reverseMlp(g: Graph, spec: NonNullable<Block['mlp']>, at: Sensitivity, saved: Saved): BranchGradients {
  const post = throughPostNorm(g, spec, at, saved, 'mlp_post_scale');
  const gate = spec.gate && saved('mlp_gate');
  const grads = mlpTransposed(g, spec, { out: post.grad, direct: post.direct, pre: saved('mlp_pre'), gate });
  contributions(g, 'mlp', at, saved('mlp_out'));
  g.output('grad_act', grads.act);
  g.output('direct_act', grads.directAct);
  const before = throughNorm(g, spec, grads.input, saved, 'mlp_scale');
  return { input: before.grad, bias: sumOf(g, post.bias, grads.outputBias, grads.inputBias, before.bias) };
}

function reverseAttention(
  g: Graph,
  model: ModelSpecification,
  spec: Block['attention'],
  at: Sensitivity,
  saved: Saved,
  positions: Positions,
): BranchGradients {
  const post = throughPostNorm(g, spec, at, saved, 'attention_post_scale');
  const pattern = saved('pattern');
  const grads = attentionTransposed(g, spec, model, { out: post.grad, direct: post.direct, pattern, positions });
  contributions(g, 'attention', at, saved('attention_out'));
  const z = saved('z');
  g.output('grad_z', grads.z);
  g.output('heads', headDot(g, grads.z, z));
  // z of the target's position: bring positions forward, then take one row per target.
  const rows = g.op('GatherND', [g.op('Transpose', [z], { perm: [0, 2, 1, 3] }), at.at]);
  g.output('heads_direct', headDot(g, reshape(g, grads.directZ, 0, model.headCount, model.headWidth), rows));
  g.output('attention_bias', sumOf(g, post.bias, grads.outputBias) ?? noBias(g, at));
  g.output('attention_bias_direct', sumOf(g, post.directBias, grads.directOutputBias) ?? noBias(g, at));
  const before = throughNorm(g, spec, grads.input, saved, 'attention_scale');
  return { input: before.grad, bias: sumOf(g, post.bias, grads.outputBias, grads.valueBias, before.bias) };
}

/** `name` [batch, position]: ⟨g after the component, its output⟩; `name_direct` [batch]: at the target, g stopped at the top. */
function contributions(g: Graph, name: string, at: Sensitivity, out: Value): void {
  g.output(name, dot(g, at.grad, out, [-1]));
  const row = g.op('GatherND', [out, at.at]);
  g.output(`${name}_direct`, dot(g, reshape(g, at.direct, 0, -1), row, [-1]));
}

function throughNorm(g: Graph, { norm }: Pick<Block['attention'], 'norm'>, grad: Value, saved: Saved, scale: string) {
  if (norm === undefined) return { grad, bias: undefined };
  return { grad: normTransposed(g, norm, grad, saved(scale)), bias: biasShare(g, biasOfNorm(g, norm), grad) };
}

function throughPostNorm(
  g: Graph,
  { postNorm }: Pick<Block['attention'], 'postNorm'>,
  at: Sensitivity,
  saved: Saved,
  scale: string,
) {
  const { grad, direct } = at;
  if (postNorm === undefined) return { grad, direct, bias: undefined, directBias: undefined };
  const bias = biasOfNorm(g, postNorm);
  const scaleAtTarget = reshape(g, g.op('GatherND', [saved(scale), at.at]), -1, 1, 1);
  return {
    grad: normTransposed(g, postNorm, grad, saved(scale)),
    direct: normTransposed(g, postNorm, direct, scaleAtTarget),
    bias: biasShare(g, bias, grad),
    directBias: biasShare(g, bias, direct),
  };
}

/** Zeros, [batch]. */
function noBias(g: Graph, { at }: Sensitivity): Value {
  const batch = g.op('Shape', [at], { start: 0, end: 1 });
  return g.op('Expand', [g.float(0), batch]);
}
