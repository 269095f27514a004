/** The MLP of one block, plain or gated: forward (also on a stack of rows) and transposed with the gate held. */
import type { Mlp } from '../architecture/specification.ts';
import { activate, gateOf } from './activation.ts';
import { multiply, slice } from './algebra.ts';
import type { Graph, Value } from './graph.ts';
import { biasOf, biasShare, linear, linearTransposed } from './linear.ts';
import { own, type Stack } from './stack.ts';

export interface MlpTrace {
  /** u = y·W_in + b_in, or W_up's of a gated MLP. [rows, position, neurons] */
  readonly pre: Value;
  /** y·W_gate + b_gate. [batch, position, neurons] */
  readonly gate: Value | undefined;
  /** [rows, position, width] */
  readonly out: Value;
}

/** φ(u)·W_out, or φ(gate) ⊙ u·W_out. @param y [rows, position, width] */
export function mlp(g: Graph, spec: Mlp, y: Value, stack?: Stack): MlpTrace {
  const pre = linear(g, spec.input, y, stack?.affine);
  const gate = spec.gate && linear(g, spec.gate, own(g, y, stack));
  // On a stack the activation is the frozen factor that row 0 gives to every row.
  const act =
    stack || gate
      ? multiply(g, pre, frozenFactor(g, spec, own(g, pre, stack), gate))
      : activate(g, spec.activation, pre);
  return { pre, gate, out: linear(g, spec.output, act, stack?.affine) };
}

export interface MlpGradients {
  /** [batch, position, width], before the block's norm. */
  readonly input: Value;
  /** Gradient at the neurons' activations. [batch, position, neurons] */
  readonly act: Value;
  /** The direct direction at the activations of the target position. [batch, 1, neurons] */
  readonly directAct: Value;
  /** Of b_in (W_up's in a gated MLP) and b_out: [batch] */
  readonly inputBias: Value | undefined;
  readonly outputBias: Value | undefined;
}

/**
 * g_act = g·W_outᵀ; g_u = g_act ⊙ κ (gated: ⊙ φ(gate)); g_y = g_u·W_inᵀ.
 * @param out gradient at the output before a post norm, [batch, position, width]
 * @param direct [batch, 1, width]
 */
export function mlpTransposed(
  g: Graph,
  spec: Mlp,
  { out, direct, pre, gate }: { out: Value; direct: Value; pre: Value; gate: Value | undefined },
): MlpGradients {
  const rows = linearTransposed(g, spec.output, g.op('Concat', [out, direct], { axis: 1 }));
  const act = slice(g, rows, 1, 0, -1);
  const gradPre = multiply(g, act, frozenFactor(g, spec, pre, gate));
  return {
    input: linearTransposed(g, spec.input, gradPre),
    act,
    directAct: slice(g, rows, 1, -1, Number.MAX_SAFE_INTEGER),
    inputBias: biasShare(g, biasOf(g, spec.input), gradPre),
    outputBias: biasShare(g, biasOf(g, spec.output), out),
  };
}

/** κ(u), or the whole factor φ(gate) of a gated MLP. */
function frozenFactor(g: Graph, spec: Mlp, pre: Value, gate: Value | undefined): Value {
  return gate === undefined ? gateOf(g, spec.activation, pre) : activate(g, spec.activation, gate);
}
