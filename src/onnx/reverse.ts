/** One block, transposed by a rule set: what a target is sensitive to, and what every part contributes. */
import type { Block, ModelSpecification } from '../architecture/specification.ts';
import { add, sumOf } from './algebra.ts';
import { attentionTransposed, type Positions } from './attention.ts';
import { biasShare, biasShares } from './linear.ts';
import { mlpTransposed } from './mlp.ts';
import { biasOfNorm, normDerivative, normTransposed } from './norm.ts';
import { patternTransposed } from './pattern.ts';
import type { ReadPositions } from './read-positions.ts';
import type { Rules } from './rules/rules.ts';
import { normsStream, skip } from './skip.ts';
import type { Graph, Value } from './writer.ts';

/** What the forward pass saved of this block, under the names of its outputs. */
export type Saved = (name: string) => Value;

export interface Sensitivity {
  /** Of the target to the residual stream. [batch, position, width] */
  readonly grad: Value;
  /** The target's own direction at each of its positions, as the residual connections alone lead it down. [batch, places, width] */
  readonly direct: Value;
  /** (index into what was saved, position) of each of them: [batch, places, 2] */
  readonly at: Value;
  /**
   * What comes back from the positions after these, where a prompt goes back through the block in slices: gradients at
   * the values and, where the pattern is not held, at the keys of all positions so far. [batch, K, past + position,
   * headWidth], or one 0.
   */
  readonly later: { readonly value: Value; readonly key: Value | undefined };
}

/** Gradients and contributions of one branch of the block. */
interface BranchGradients {
  /** Gradient at the branch's input, through its norm. [batch, position, width] */
  readonly input: Value;
  /** Gradient and direct direction beside the branch: those given, unless a norm is over both. */
  readonly skip: Value;
  readonly skipDirect: Value;
  /** Σ ⟨grad, bias⟩ over all biases of the branch: [batch], undefined where it has none. */
  readonly bias: Value | undefined;
}

type Attention = Block['attention'];
type Mlp = NonNullable<Block['mlp']>;

/**
 * Outputs `grad_before`, the sensitivity to the stream before the block; `bias` [batch], what the block's biases
 * contribute, and what `readout.ts` reads the finer grains off: the attention `pattern`, the gradients at the attention's
 * output (where it is not the one after the block), at `z` and at the neurons, and the direct directions at the latter two, with `attention_bias_direct` [batch, places]. Where norms are over the
 * stream itself, also `direct_attention` and `direct_before`, the direct direction at the attention's output and before the
 * block. For the slice before: `grad_value` and `grad_key`, as `later`. Where the target does not depend on the stream after
 * the block but at the positions `read`, they alone go through the MLP. Whatever is no step of the pass itself is left to
 * those graphs, so that what nobody asks for is not computed.
 */
export function reverseBlock(
  g: Graph,
  model: ModelSpecification,
  block: Block,
  rules: Rules,
  at: Sensitivity,
  saved: Saved,
  positions: Positions,
  read?: ReadPositions,
): void {
  const { attention } = block;
  const kept = () => skip(g, attention, saved('x'), () => saved('attention_post_scale'));
  const mid = () => (block.parallel ? saved('x') : add(g, kept(), saved('attention_out')));
  const mlpBranch = block.mlp && reverseMlp(g, block.mlp, rules, at, saved, mid, read);
  const gradMid = mlpBranch ? add(g, mlpBranch.skip, mlpBranch.input) : at.grad;
  const direct = mlpBranch?.skipDirect ?? at.direct;
  const atAttention = { ...at, grad: block.parallel ? at.grad : gradMid, direct };
  const attentionBranch = reverseAttention(g, model, attention, rules, atAttention, saved, positions);
  const { skipDirect } = attentionBranch;
  if (atAttention.grad !== at.grad) g.output('grad_attention', gradMid);
  if (direct !== at.direct) g.output('direct_attention', direct);
  if (skipDirect !== at.direct) g.output('direct_before', skipDirect);
  g.output('grad_before', add(g, block.parallel ? gradMid : attentionBranch.skip, attentionBranch.input));
  g.output('bias', sumOf(g, mlpBranch?.bias, attentionBranch.bias) ?? noBias(g, at));
}

/** @param normed what the MLP's norm was given */
function reverseMlp(
  g: Graph,
  spec: Mlp,
  rules: Rules,
  at: Sensitivity,
  saved: Saved,
  normed: () => Value,
  read: ReadPositions | undefined,
): BranchGradients {
  const post = throughPostNorm(g, spec, rules, at, saved, 'mlp');
  const gate = spec.gate && saved('mlp_gate');
  const grads = mlpTransposed(g, spec, rules, {
    out: post.grad,
    direct: post.direct,
    pre: () => saved('mlp_pre'),
    gate,
    at: read,
  });
  g.output('grad_act', grads.act);
  g.output('direct_act', grads.directAct);
  const before = throughNorm(g, spec, rules, grads.input, () => saved('mlp_scale'), normed);
  return {
    ...beside(spec, at, post),
    input: before.grad,
    bias: sumOf(g, post.bias, grads.outputBias, grads.inputBias, before.bias),
  };
}

function reverseAttention(
  g: Graph,
  model: ModelSpecification,
  spec: Attention,
  rules: Rules,
  at: Sensitivity,
  saved: Saved,
  positions: Positions,
): BranchGradients {
  const post = throughPostNorm(g, spec, rules, at, saved, 'attention');
  const pattern = saved('pattern');
  const grads = attentionTransposed(g, spec, model, rules, {
    out: post.grad,
    direct: post.direct,
    pattern,
    later: at.later.value,
    positions,
  });
  g.output('grad_value', grads.value);
  g.output('pattern', pattern);
  g.output('grad_z', grads.z);
  g.output('direct_z', grads.directZ);
  g.output('attention_bias', sumOf(g, post.bias, grads.outputBias) ?? noBias(g, at));
  g.output('attention_bias_direct', sumOf(g, post.directBias, grads.directOutputBias) ?? noBias(g, at, 2));
  const throughPattern =
    at.later.key === undefined
      ? undefined
      : patternTransposed(g, spec, model, rules, { gradZ: grads.z, saved, later: at.later.key, positions });
  if (throughPattern) g.output('grad_key', throughPattern.key);
  const input = throughPattern ? add(g, grads.input, throughPattern.input) : grads.input;
  const scale = () => saved('attention_scale');
  const before = throughNorm(g, spec, rules, input, scale, () => saved('x'));
  return {
    ...beside(spec, at, post),
    input: before.grad,
    bias: sumOf(g, post.bias, grads.outputBias, grads.valueBias, throughPattern?.bias, before.bias),
  };
}

function throughNorm(
  g: Graph,
  { norm }: Pick<Attention, 'norm'>,
  rules: Rules,
  grad: Value,
  scale: () => Value,
  normed: () => Value,
) {
  if (norm === undefined) return { grad, bias: undefined };
  const before =
    rules.norm === 'HELD' ? normTransposed(g, norm, grad, scale()) : normDerivative(g, norm, grad, scale(), normed());
  return { grad: before, bias: biasShare(g, biasOfNorm(g, norm), grad) };
}

/** A norm over the stream hands both what is added and what it is added to the same gradient. */
function beside(
  { postNorm }: Pick<Attention, 'postNorm'>,
  given: Sensitivity,
  before: Pick<Sensitivity, 'grad' | 'direct'>,
): Pick<BranchGradients, 'skip' | 'skipDirect'> {
  const { grad, direct } = postNorm && normsStream(postNorm) ? before : given;
  return { skip: grad, skipDirect: direct };
}

/** @param name of the branch, whose `name_post_scale` was saved and, for the derivative, what was normed, `name_raw`. */
function throughPostNorm(
  g: Graph,
  { postNorm }: Pick<Attention, 'postNorm'>,
  rules: Rules,
  at: Sensitivity,
  saved: Saved,
  name: 'attention' | 'mlp',
) {
  const { grad, direct } = at;
  if (postNorm === undefined) return { grad, direct, bias: undefined, directBias: undefined };
  const bias = biasOfNorm(g, postNorm);
  const scale = saved(`${name}_post_scale`);
  const scaleAtTarget = g.op('GatherND', [scale, at.at]);
  return {
    grad:
      rules.norm === 'HELD'
        ? normTransposed(g, postNorm, grad, scale)
        : normDerivative(g, postNorm, grad, scale, saved(`${name}_raw`)),
    // Direct contributions are read off the run as it was, under every rule set alike.
    direct: normTransposed(g, postNorm, direct, scaleAtTarget),
    bias: biasShare(g, bias, grad),
    directBias: biasShares(g, bias, direct),
  };
}

/** Zeros, [batch], or with 2 axes [batch, places]. */
function noBias(g: Graph, { at }: Sensitivity, axes = 1): Value {
  return g.op('Expand', [g.float(0), g.op('Shape', [at], { start: 0, end: axes })]);
}
