/** Activations φ and their frozen gates κ = φ(u)/u, each by its formula (never by the division). */
import type { Activation } from '../architecture/specification.ts';
import { add, multiply } from './algebra.ts';
import type { Graph, Value } from './graph.ts';

/** φ(u), by onnxruntime's fused operator where it has one. */
export function activate(g: Graph, activation: Activation, u: Value): Value {
  switch (activation) {
    case 'GELU':
      return g.op('Gelu', [u], { approximate: 'none' });
    case 'GELU_TANH':
      return g.op('Gelu', [u], { approximate: 'tanh' });
    case 'RELU':
      return g.op('Relu', [u]);
    case 'SILU':
    case 'QUICK_GELU':
      return multiply(g, u, gateOf(g, activation, u));
  }
}

/** κ(u): GELU Φ(u) or its tanh form, SiLU sigmoid(u), ReLU 1[u > 0]. */
export function gateOf(g: Graph, activation: Activation, u: Value): Value {
  switch (activation) {
    case 'GELU':
      return half(g, g.op('Erf', [multiply(g, u, g.float(Math.SQRT1_2))]));
    case 'GELU_TANH': {
      const cubic = add(g, multiply(g, multiply(g, multiply(g, u, u), u), g.float(0.044715)), u);
      return half(g, g.op('Tanh', [multiply(g, cubic, g.float(Math.sqrt(2 / Math.PI)))]));
    }
    case 'SILU':
      return g.op('Sigmoid', [u]);
    case 'QUICK_GELU':
      return g.op('Sigmoid', [multiply(g, u, g.float(1.702))]);
    case 'RELU':
      return g.toFloat(g.op('Greater', [u, g.float(0)]));
  }
}

/** ½(1 + x) */
function half(g: Graph, x: Value): Value {
  return multiply(g, add(g, x, g.float(1)), g.float(0.5));
}
