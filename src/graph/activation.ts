/** Activations φ, their frozen gates κ = φ(u)/u, each by its formula (never by the division), and their derivatives φ′. */
import type { Activation } from '../architecture/specification.ts';
import { add, multiply, subtract } from './algebra.ts';
import type { Graph, Value } from './graph.ts';

/** φ(u), by onnxruntime's fused operator where it has one. */
export function activate(g: Graph, activation: Activation, u: Value): Value {
  switch (activation) {
    case 'GELU':
      return g.op('Gelu', [u], { approximate: 'none' });
    case 'GELU_TANH':
      return g.op('Gelu', [u], { approximate: 'tanh' });
    // Not by the operator for it, which would make 0 of −∞.
    case 'RELU':
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

/** φ′(u) = κ + u·κ′. */
export function derivativeOf(g: Graph, activation: Activation, u: Value): Value {
  if (activation === 'RELU') return gateOf(g, activation, u);
  const gate = gateOf(g, activation, u);
  return add(g, gate, multiply(g, u, gateSlope(g, activation, u, gate)));
}

/** κ′(u): GELU the normal density, its tanh form 2κ(1 − κ)·a′ with κ = ½(1 + tanh a), SiLU σ(1 − σ). */
function gateSlope(g: Graph, activation: Exclude<Activation, 'RELU'>, u: Value, gate: Value): Value {
  const square = () => multiply(g, u, u);
  const sigmoidSlope = () => multiply(g, gate, subtract(g, g.float(1), gate));
  switch (activation) {
    case 'GELU':
      return multiply(g, g.op('Exp', [multiply(g, square(), g.float(-0.5))]), g.float(1 / Math.sqrt(2 * Math.PI)));
    case 'GELU_TANH': {
      const inner = add(g, multiply(g, square(), g.float(3 * 0.044715)), g.float(1));
      return multiply(g, multiply(g, sigmoidSlope(), inner), g.float(2 * Math.sqrt(2 / Math.PI)));
    }
    case 'SILU':
      return sigmoidSlope();
    case 'QUICK_GELU':
      return multiply(g, sigmoidSlope(), g.float(1.702));
  }
}

/** ½(1 + x) */
function half(g: Graph, x: Value): Value {
  return multiply(g, add(g, x, g.float(1)), g.float(0.5));
}
