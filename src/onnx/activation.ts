/** Activations φ, their frozen gates κ = φ(u)/u, each by its formula (at 0 the limit), and their derivatives φ′. */
import type { Activation } from '../architecture/specification.ts';
import { add, multiply, subtract } from './algebra.ts';
import type { Graph, Value } from './writer.ts';

interface Formulas {
  /** φ(u) by onnxruntime's fused operator; absent: u·κ(u), which makes no number of an infinite u where φ would. */
  readonly value?: (g: Graph, u: Value) => Value;
  /** κ(u) */
  readonly gate: (g: Graph, u: Value) => Value;
  /** φ′(u) */
  readonly derivative: (g: Graph, u: Value) => Value;
}

/** Φ(u); κ′ is the normal density. */
const gelu: Formulas = {
  value: (g, u) => g.op('Gelu', [u], { approximate: 'none' }),
  gate: (g, u) => half(g, g.op('Erf', [multiply(g, u, g.float(Math.SQRT1_2))])),
  derivative: (g, u) =>
    byGate(g, gelu, u, () => {
      const exponent = multiply(g, multiply(g, u, u), g.float(-0.5));
      return multiply(g, g.op('Exp', [exponent]), g.float(1 / Math.sqrt(2 * Math.PI)));
    }),
};

/** ½(1 + tanh a) = σ(2a) with 2a = u·√(8/π)·(1 + 0.044715·u²); κ′ = 2κ(1 − κ)·a′ */
const geluTanh: Formulas = {
  value: (g, u) => g.op('Gelu', [u], { approximate: 'tanh' }),
  gate: (g, u) => {
    const linear = Math.sqrt(8 / Math.PI);
    const slope = add(g, multiply(g, multiply(g, u, u), g.float(0.044715 * linear)), g.float(linear));
    return g.op('Sigmoid', [multiply(g, u, slope)]);
  },
  derivative: (g, u) =>
    byGate(g, geluTanh, u, (gate) => {
      const inner = add(g, multiply(g, multiply(g, u, u), g.float(3 * 0.044715)), g.float(1));
      return multiply(g, multiply(g, sigmoidSlope(g, gate), inner), g.float(2 * Math.sqrt(2 / Math.PI)));
    }),
};

/** min(GELU, 10), for GELU never comes near −10; κ = Φ(u)·10 / max(GELU, 10) */
const gelu10: Formulas = {
  gate: (g, u) => {
    const gate = gelu.gate(g, u);
    const above = g.op('Max', [multiply(g, u, gate), g.float(10)]);
    return multiply(g, gate, g.op('Div', [g.float(10), above]));
  },
  derivative: (g, u) =>
    multiply(g, gelu.derivative(g, u), g.toFloat(g.op('LessOrEqual', [activate(g, 'GELU', u), g.float(10)]))),
};

/** σ(u); κ′ = σ(1 − σ) */
const silu: Formulas = {
  gate: (g, u) => g.op('Sigmoid', [u]),
  derivative: (g, u) => byGate(g, silu, u, (gate) => sigmoidSlope(g, gate)),
};

/** σ(1.702·u) */
const quickGelu: Formulas = {
  gate: (g, u) => g.op('Sigmoid', [multiply(g, u, g.float(1.702))]),
  derivative: (g, u) => byGate(g, quickGelu, u, (gate) => multiply(g, sigmoidSlope(g, gate), g.float(1.702))),
};

/** 1[u > 0] */
const relu: Formulas = {
  gate: (g, u) => g.toFloat(g.op('Greater', [u, g.float(0)])),
  derivative: (g, u) => relu.gate(g, u),
};

/** φ = max(u, 0)², κ = max(u, 0) */
const relu2: Formulas = {
  gate: (g, u) => g.op('Relu', [u]),
  derivative: (g, u) => multiply(g, g.op('Relu', [u]), g.float(2)),
};

/** κ = tanh|u| / |u|, which is 1 to all digits of a float32 below 10⁻⁴; φ′ = 1 − φ² */
const tanh: Formulas = {
  gate: (g, u) => {
    const size = g.op('Max', [g.op('Abs', [u]), g.float(1e-4)]);
    return g.op('Div', [g.op('Tanh', [size]), size]);
  },
  derivative: (g, u) => {
    const value = g.op('Tanh', [u]);
    return subtract(g, g.float(1), multiply(g, value, value));
  },
};

const formulas: Readonly<Record<Activation, Formulas>> = {
  GELU: gelu,
  GELU_TANH: geluTanh,
  GELU_10: gelu10,
  SILU: silu,
  RELU: relu,
  RELU2: relu2,
  QUICK_GELU: quickGelu,
  TANH: tanh,
};

/** φ(u) */
export function activate(g: Graph, activation: Activation, u: Value): Value {
  const { value, gate } = formulas[activation];
  return value ? value(g, u) : multiply(g, u, gate(g, u));
}

/**
 * φ(u) and κ(u) of the same u. A fused φ gives κ = φ(u)/u, which is much less work than its formula. At 0 that is the
 * limit: u is moved by what no other u of a pass feels.
 */
export function activateWithGate(g: Graph, activation: Activation, u: Value): { value: Value; gate: Value } {
  const { value: fused, gate: gateBy } = formulas[activation];
  if (!fused) {
    const gate = gateBy(g, u);
    return { value: multiply(g, u, gate), gate };
  }
  const moved = add(g, u, g.float(1e-30));
  const value = fused(g, moved);
  return { value, gate: g.op('Div', [value, moved]) };
}

/** κ(u) */
export function gateOf(g: Graph, activation: Activation, u: Value): Value {
  return formulas[activation].gate(g, u);
}

/** φ′(u) */
export function derivativeOf(g: Graph, activation: Activation, u: Value): Value {
  return formulas[activation].derivative(g, u);
}

/** κ + u·κ′ @param slope gives κ′(u) */
function byGate(g: Graph, { gate: gateBy }: Formulas, u: Value, slope: (gate: Value) => Value): Value {
  const gate = gateBy(g, u);
  return add(g, gate, multiply(g, u, slope(gate)));
}

/** σ(1 − σ) */
function sigmoidSlope(g: Graph, gate: Value): Value {
  return multiply(g, gate, subtract(g, g.float(1), gate));
}

/** ½(1 + x) */
function half(g: Graph, x: Value): Value {
  return multiply(g, add(g, x, g.float(1)), g.float(0.5));
}
