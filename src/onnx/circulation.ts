/** What a stack of rows tells of the tracked tokens once it has passed a block. */
import type { Block, ModelSpecification } from '../architecture/specification.ts';
import { dot, length, matmul, mean, multiply, reshape, slice, subtract } from './algebra.ts';
import type { BlockTrace } from './forward.ts';
import { weightOf } from './linear.ts';
import { weightOfNorm } from './norm.ts';
import type { Graph, Value } from './writer.ts';

/**
 * Outputs the figures of every tracked token.
 * @param before, trace.post the stack before and after the block, [rows, position, width]
 * @param track positions followed, [tracked]
 */
export function circulationOutputs(
  g: Graph,
  model: ModelSpecification,
  block: Block,
  before: Value,
  trace: BlockTrace,
  track: Value,
): void {
  const x = slice(g, trace.post, 0, 0, 1);
  const shares = tracked(g, trace.post);
  g.output('share', g.op('Div', [dot(g, shares, x, [-1]), dot(g, x, x, [-1])]));
  g.output('norm', length(g, shares));
  g.output('through_attention', length(g, tracked(g, trace.attention.out)));
  if (trace.mlp) g.output('through_mlp', length(g, tracked(g, trace.mlp.out)));
  g.output('heads', headNorms(g, model, block.attention, trace));

  const square = g.op('Squeeze', [trace.attention.trace.pattern, g.integers(0)]);
  g.output('paid', g.op('Transpose', [g.op('Gather', [square, track], { axis: 1 })], { perm: [1, 0, 2] }));
  g.output('received', g.op('Transpose', [g.op('Gather', [square, track], { axis: 2 })], { perm: [2, 0, 1] }));

  const ownRow = (rows: Value) =>
    g.op('Gather', [g.op('Squeeze', [slice(g, rows, 0, 0, 1), g.integers(0)]), track], { axis: 0 });
  g.output('movement', length(g, subtract(g, ownRow(trace.post), ownRow(before))));
  g.output('attention_norm', length(g, ownRow(trace.attention.out)));
  if (trace.mlp) g.output('mlp_norm', length(g, ownRow(trace.mlp.out)));
}

/** The rows of the tracked tokens: all but the first and the last. */
function tracked(g: Graph, rows: Value): Value {
  return slice(g, rows, 0, 1, -1);
}

/**
 * ‖c_z·W_O‖ of each head's part of c, [tracked, heads, position], by the head's Gram matrix W_O·W_Oᵀ: onnxruntime
 * computes that once when it loads the graph, so the [heads, position, width] parts are never made.
 */
function headNorms(g: Graph, model: ModelSpecification, spec: Block['attention'], { attention }: BlockTrace): Value {
  const { headCount, headWidth, width } = model;
  const stored = weightOf(g, spec.output);
  const flat = spec.output.layout === 'in,out' ? stored : g.op('Transpose', [stored], { perm: [1, 0] });
  let output = reshape(g, flat, headCount, headWidth, width);
  if (spec.postNorm) {
    if (spec.postNorm.kind === 'LAYER_NORM') output = subtract(g, output, mean(g, output));
    const weight = weightOfNorm(g, spec.postNorm);
    if (weight) output = multiply(g, output, weight);
  }
  const gram = matmul(g, output, output, { transposeB: true });
  const z = tracked(g, attention.trace.z);
  const squares = g.op('Relu', [dot(g, matmul(g, z, gram), z, [-1])]);
  const norms = g.op('Sqrt', [squares]);
  return attention.postScale ? multiply(g, norms, reshape(g, attention.postScale, 1, 1, -1)) : norms;
}
