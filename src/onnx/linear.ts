/** The linear maps of a block, forward and transposed, with no copy of a weight that lies contiguously in its file. */
import type { Linear, LinearLayout, OutputPart } from '../architecture/specification.ts';
import { add, matmul, reshape, slice, sum } from './algebra.ts';
import { times, timesTransposed } from './pieces.ts';
import type { Graph, Rows, Value } from './writer.ts';

/**
 * y = x·W + b.
 * @param x [..., in]
 * @returns [..., out]
 */
export function linear(g: Graph, map: Linear, x: Value): Value {
  return addBias(g, product(g, map, x, map.layout === 'out,in'), biasOf(g, map));
}

/** Transpose of `linear` without its bias: g·Wᵀ. @param grad [..., out] @returns [..., in] */
export function linearTransposed(g: Graph, map: Linear, grad: Value): Value {
  return product(g, map, grad, map.layout === 'in,out');
}

/**
 * What the map's bias contributes: Σ ⟨grad, b⟩ over positions. Written b·gradᵀ, which onnxruntime does many times faster
 * than grad·b or a sum over positions. @param grad [batch, position, out] @returns [batch]
 */
export function biasShare(g: Graph, bias: Value | undefined, grad: Value): Value | undefined {
  if (bias === undefined) return undefined;
  return sum(g, matmul(g, reshape(g, bias, 1, -1), grad, { transposeB: true }), [1, 2]);
}

/** The same of each position: [batch, position] */
export function biasShares(g: Graph, bias: Value | undefined, grad: Value): Value | undefined {
  if (bias === undefined) return undefined;
  return sum(g, matmul(g, reshape(g, bias, 1, -1), grad, { transposeB: true }), [1]);
}

export function addBias(g: Graph, y: Value, bias: Value | undefined): Value {
  return bias === undefined ? y : add(g, y, bias);
}

export function biasOf(g: Graph, { bias, part }: Linear): Value | undefined {
  if (bias === undefined) return undefined;
  return outputsOf(g, bias, part, 0);
}

/** x·W or, transposed, x·Wᵀ, of the weight as it is stored. */
function product(g: Graph, map: Linear, x: Value, transposed: boolean): Value {
  const { weight, layout, part } = map;
  if (g.weights === 'PACKED' || (layout === 'in,out' && part && 'count' in part))
    return matmul(g, x, weightOf(g, map), { transposeB: transposed });
  const columns = layout === 'in,out' && part && 'start' in part ? part : undefined;
  const rows = layout === 'in,out' ? g.pieces(weight) : rowsOf(g, weight, part);
  return transposed ? timesTransposed(g, x, weight, rows, columns) : times(g, x, weight, rows, columns);
}

/** Where the outputs lie that are a part of a weight's rows. */
function rowsOf(g: Graph, weight: string, part: OutputPart | undefined): readonly Rows[] {
  if (part === undefined || 'start' in part) return g.pieces(weight, part);
  const { count, index, width } = part;
  const heads = (g.entry(weight).shape[0] ?? 0) / (count * width);
  return Array.from({ length: heads }, (_, head) => (head * count + index) * width).flatMap((start) =>
    g.pieces(weight, { start, length: width }),
  );
}

/** W, [in, out] or [out, in] as the map's layout says. */
function weightOf(g: Graph, { weight, layout, part }: Linear): Value {
  return outputsOf(g, weight, part, layout === 'in,out' ? 1 : 0);
}

/** W as [in, out] or as [out, in], whichever way it is stored. */
export function weightAs(g: Graph, map: Linear, layout: LinearLayout): Value {
  const weight = weightOf(g, map);
  return map.layout === layout ? weight : g.op('Transpose', [weight], { perm: [1, 0] });
}

function outputsOf(g: Graph, name: string, part: OutputPart | undefined, axis: 0 | 1): Value {
  if (part === undefined) return g.weight(name);
  if ('start' in part) {
    // Rows lie together in the file; columns are cut out once, when onnxruntime loads the graph.
    if (axis === 0) return g.weight(name, part);
    return slice(g, g.weight(name), axis, part.start, part.start + part.length);
  }
  const { shape } = g.entry(name);
  const { count, index, width } = part;
  if (axis === 0) {
    const perHead = reshape(g, g.weight(name), -1, count, width, ...shape.slice(1));
    return reshape(g, slice(g, perHead, 1, index, index + 1), -1, ...shape.slice(1));
  }
  const perHead = reshape(g, g.weight(name), shape[0] ?? 0, -1, count, width);
  return reshape(g, slice(g, perHead, 2, index, index + 1), shape[0] ?? 0, -1);
}
