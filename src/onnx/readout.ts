/** Finer grains of an attribution, read off what a block's passes left: graphs without weights, one for all blocks alike. */
import type { Mlp, ModelSpecification } from '../architecture/specification.ts';
import { activate } from './activation.ts';
import { dot, matmul, multiply, reshape } from './algebra.ts';
import { grouped, groupedSquare } from './attention.ts';
import type { Graph, Value } from './writer.ts';

/** `scores` [batch, position] = ⟨grad, x⟩. Inputs `grad` [batch, position, width], `x` [batch or 1, position, width]. */
export function tokenScores(g: Graph, { width }: ModelSpecification): void {
  const grad = g.input('grad', 'F32', ['batch', 'position', width]);
  g.output('scores', dot(g, grad, g.input('x', 'F32', ['rows', 'position', width]), [-1]));
}

/**
 * What a component contributes, for one target: `total_score` [1] = Σ ⟨grad, out⟩, `direct_score` [1] = Σ ⟨direct, out at the
 * target's positions⟩. Inputs `grad` (at the component's output), `out` [1, position, width], `direct` [1, places, width],
 * `at` [1, places, 2].
 */
export function contribution(g: Graph, { width }: ModelSpecification): void {
  const out = g.input('out', 'F32', [1, 'position', width]);
  g.output('total_score', dot(g, g.input('grad', 'F32', [1, 'position', width]), out, [1, 2]));
  const rows = g.op('GatherND', [out, g.input('at', 'INT64', [1, 'places', 2])]);
  g.output('direct_score', dot(g, g.input('direct', 'F32', [1, 'places', width]), rows, [1, 2]));
}

/**
 * The same of each head, [heads]. Inputs `grad_z`, `z` [1, heads, position, headWidth],
 * `direct_z` [1, heads, places, headWidth], `at` [1, places, 2].
 */
export function headContributions(g: Graph, { headCount, headWidth }: ModelSpecification): void {
  const z = g.input('z', 'F32', [1, headCount, 'position', headWidth]);
  const gradZ = g.input('grad_z', 'F32', [1, headCount, 'position', headWidth]);
  g.output('total_score', reshape(g, dot(g, gradZ, z, [2, 3]), -1));
  // z at the target's positions: positions are brought forward, then their rows are taken.
  const forward = (value: Value) => g.op('Transpose', [value], { perm: [0, 2, 1, 3] });
  const rows = g.op('GatherND', [forward(z), g.input('at', 'INT64', [1, 'places', 2])]);
  const directZ = forward(g.input('direct_z', 'F32', [1, headCount, 'places', headWidth]));
  g.output('direct_score', reshape(g, dot(g, directZ, rows, [1, 3]), -1));
}

/** What is read off the moves of a block. */
export interface MovesReadout {
  readonly marginals: number;
  /** The strongest. */
  readonly edges: boolean;
}

/**
 * A[to, from]·⟨g_z[to], v[from]⟩ [1, heads, to, from], the exact share of every move, is made once. Read off it are the
 * marginals `moves.0`, `moves.1`, …, less the axes `summed.0`, …; and of the `edges` the `top` strongest by magnitude:
 * `scores`, `weights` (attention) and `indices` into [heads, to, from], each [top].
 * Inputs `grad_z` [1, heads, to, headWidth], `pattern` [1, heads, to, from], `value` [1, K, from, headWidth]; `top` [1].
 */
export function moves(g: Graph, model: ModelSpecification, { marginals, edges }: MovesReadout): void {
  const { score, pattern } = scores(g, model);
  for (const index of Array(marginals).keys()) {
    const summed = g.input(`summed.${index}`, 'INT64', [`axes.${index}`]);
    g.output(`moves.${index}`, g.op('ReduceSum', [score, summed], { keepdims: 0 }));
  }
  if (!edges) return;
  const { values, indices } = strongest(g, reshape(g, score, -1), g.input('top', 'INT64', [1]));
  g.output('scores', values);
  g.output('indices', indices, 'INT64');
  g.output('weights', g.op('Gather', [reshape(g, pattern, -1), indices], { axis: 0 }));
}

/**
 * The `top` strongest neurons of a block by magnitude, for one target: `scores` = g_act·act, `activations` and `indices`
 * into [position, neurons]. Inputs `grad_act` [1, position, neurons], `mlp_pre` and, gated, `mlp_gate`; `top` [1].
 */
export function strongestNeurons(g: Graph, spec: Mlp, neurons: number): void {
  const shape = [1, 'position', neurons] as const;
  const grad = g.input('grad_act', 'F32', shape);
  const pre = g.input('mlp_pre', 'F32', shape);
  const act = spec.gate
    ? multiply(g, pre, activate(g, spec.activation, g.input('mlp_gate', 'F32', shape)))
    : activate(g, spec.activation, pre);
  const flat = (value: Value) => reshape(g, value, -1);
  const { values, indices } = strongest(g, flat(multiply(g, grad, act)), g.input('top', 'INT64', [1]));
  const pick = (value: Value) => g.op('Gather', [flat(value), indices], { axis: 0 });
  g.output('scores', values);
  g.output('indices', indices, 'INT64');
  g.output('activations', pick(act));
}

function scores(g: Graph, model: ModelSpecification): { score: Value; pattern: Value } {
  const { headCount, keyValueHeadCount, headWidth } = model;
  const gradZ = g.input('grad_z', 'F32', ['batch', headCount, 'to', headWidth]);
  const pattern = g.input('pattern', 'F32', ['rows', headCount, 'to', 'from']);
  const value = g.input('value', 'F32', ['rows', keyValueHeadCount, 'from', headWidth]);
  const mask = g.op('Squeeze', [
    g.op('Slice', [pattern, g.integers(0, 0), g.integers(1, 1), g.integers(0, 1)]),
    g.integers(0, 1),
  ]);
  const products = matmul(g, grouped(g, gradZ, model), value, { transposeB: true });
  const score = multiply(g, products, groupedSquare(g, pattern, model, { mask }));
  return { score: g.op('Reshape', [score, g.op('Shape', [pattern])]), pattern };
}

function strongest(g: Graph, values: Value, top: Value): { values: Value; indices: Value } {
  const [, indices] = g.ops('TopK', [g.op('Abs', [values]), top], 2, { axis: 0, largest: 1, sorted: 1 });
  return { values: g.op('Gather', [values, indices as Value], { axis: 0 }), indices: indices as Value };
}
