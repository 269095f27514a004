/**
 * The path expansion of the frozen map (Elhage et al. 2021): every head and MLP of a block as a linear map of its own,
 * without biases, forward from what enters the model and transposed from what leaves it. A path of order 2 is where the
 * first component's forward half meets the second one's transposed half: their product, summed over positions.
 */
import type { Block, ModelSpecification } from '../architecture/specification.ts';
import { matmul, multiply, reshape } from './algebra.ts';
import { grouped, groupedSquare, type Positions, splitHeads, ungrouped } from './attention.ts';
import { linear, linearTransposed, weightAs } from './linear.ts';
import { frozenFactor } from './mlp.ts';
import { heldNorm, normTransposed } from './norm.ts';
import type { Saved } from './reverse.ts';
import { keepsAll, skip, skipTransposed } from './skip.ts';
import type { Graph, Value } from './writer.ts';

/**
 * Outputs `outs` [rows, components, position, width], what each component makes of each row of `x` by itself, and `grads`
 * [components, position, width], its transpose of `grad`. Components: the heads in order, then the MLP where there is one.
 * Where norms over the stream lie between the attention and the ends of the block, also `outs_within` [rows, heads,
 * position, width] and `grads_within` [1, position, width], the heads' and the MLP's before and behind those.
 * @param x before the block, [rows, position, width] @param grad after it, [1, position, width]
 */
export function pathParts(
  g: Graph,
  model: ModelSpecification,
  block: Block,
  { x, grad, saved, positions }: { x: Value; grad: Value; saved: Saved; positions: Positions },
): void {
  const { attention, mlp } = block;
  const scale = { attention: () => saved('attention_post_scale'), mlp: () => saved('mlp_post_scale') };
  const gradMid = mlp ? skipTransposed(g, mlp, grad, scale.mlp) : grad;
  const heads = headParts(g, model, attention, { x, grad: gradMid, saved, positions });
  const neurons = mlp && mlpParts(g, mlp, { x: skip(g, attention, x, scale.attention), grad, saved });
  const joined = (one: Value, other: Value | undefined, axis: number) =>
    other === undefined ? one : g.op('Concat', [one, other], { axis });
  const outs = mlp ? skip(g, mlp, heads.outs, scale.mlp) : heads.outs;
  g.output('outs', joined(outs, neurons && g.op('Unsqueeze', [neurons.out, g.integers(1)]), 1));
  g.output('grads', joined(heads.grads, neurons && skipTransposed(g, attention, neurons.grad, scale.attention), 0));
  if (neurons === undefined || keepsAll(block)) return;
  g.output('outs_within', heads.outs);
  g.output('grads_within', neurons.grad);
}

/** `scores` [rows, components, others] = ⟨outs, grads⟩ over positions and width. Inputs as `pathParts` gives them. */
export function pathScores(g: Graph, { width }: ModelSpecification): void {
  const outs = g.input('outs', 'F32', ['rows', 'components', 'position', width]);
  const grads = g.input('grads', 'F32', ['others', 'position', width]);
  const shape = g.op('Concat', [g.op('Shape', [outs], { start: 0, end: 2 }), g.integers(-1)], { axis: 0 });
  const others = g.op('Concat', [g.op('Shape', [grads], { start: 0, end: 1 }), g.integers(-1)], { axis: 0 });
  const scores = matmul(g, g.op('Reshape', [outs, shape]), g.op('Reshape', [grads, others]), { transposeB: true });
  g.output('scores', scores);
}

type Attention = Block['attention'];
type Mlp = NonNullable<Block['mlp']>;

/** @returns outs [rows, heads, position, width], grads [heads, position, width] */
function headParts(
  g: Graph,
  model: ModelSpecification,
  spec: Attention,
  { x, grad, saved, positions }: { x: Value; grad: Value; saved: Saved; positions: Positions },
): { outs: Value; grads: Value } {
  const { headCount, keyValueHeadCount, headWidth, width } = model;
  const pattern = saved('pattern');
  const scale = () => saved('attention_scale');
  const postScale = () => saved('attention_post_scale');
  const y = heldNorm(g, spec.norm, x, scale);
  const value = splitHeads(g, linear(g, { ...spec.value, bias: undefined }, y), keyValueHeadCount, headWidth);
  const z = ungrouped(g, matmul(g, groupedSquare(g, pattern, model, positions), value), model);
  const outputs = reshape(g, weightAs(g, spec.output, 'in,out'), headCount, headWidth, width);

  const gradOut = spec.postNorm ? normTransposed(g, spec.postNorm, grad, postScale()) : grad;
  const gradZ = splitHeads(g, linearTransposed(g, spec.output, gradOut), headCount, headWidth);
  const gradValue = matmul(g, pattern, gradZ, { transposeA: true });
  const values = reshape(g, weightAs(g, spec.value, 'out,in'), keyValueHeadCount, headWidth, width);
  // Not summed over a group: each head is a path of its own.
  const gradInput = reshape(g, matmul(g, grouped(g, gradValue, model), values), headCount, -1, width);
  return {
    outs: heldNorm(g, spec.postNorm, matmul(g, z, outputs), postScale),
    grads: spec.norm ? normTransposed(g, spec.norm, gradInput, scale()) : gradInput,
  };
}

/** @returns out [rows, position, width], grad [1, position, width] */
function mlpParts(
  g: Graph,
  spec: Mlp,
  { x, grad, saved }: { x: Value; grad: Value; saved: Saved },
): { out: Value; grad: Value } {
  const scale = () => saved('mlp_scale');
  const postScale = () => saved('mlp_post_scale');
  const factor = frozenFactor(g, spec, () => saved('mlp_pre'), spec.gate && saved('mlp_gate'));
  const pre = linear(g, { ...spec.input, bias: undefined }, heldNorm(g, spec.norm, x, scale));
  const out = linear(g, { ...spec.output, bias: undefined }, multiply(g, pre, factor));

  const gradOut = spec.postNorm ? normTransposed(g, spec.postNorm, grad, postScale()) : grad;
  const gradPre = multiply(g, linearTransposed(g, spec.output, gradOut), factor);
  const gradInput = linearTransposed(g, spec.input, gradPre);
  return {
    out: heldNorm(g, spec.postNorm, out, postScale),
    grad: spec.norm ? normTransposed(g, spec.norm, gradInput, scale()) : gradInput,
  };
}
