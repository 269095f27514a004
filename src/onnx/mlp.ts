/** The MLP of one block, plain or gated: forward and transposed by a rule set. */
import type { Mlp } from '../architecture/specification.ts';
import { activate, derivativeOf, gateOf } from './activation.ts';
import { add, multiply, sumOf, withoutRiding } from './algebra.ts';
import { biasOf, biasShare, linear, linearTransposed } from './linear.ts';
import { placed, type ReadPositions, taken } from './read-positions.ts';
import type { Rules } from './rules/rules.ts';
import type { Graph, Value } from './writer.ts';

export interface MlpTrace {
  /** u = y·W_in + b_in, or W_up's of a gated MLP. [rows, position, neurons] */
  readonly pre: Value;
  /** y·W_gate + b_gate. [batch, position, neurons] */
  readonly gate: Value | undefined;
  /** What W_out is given: φ(u), or φ(gate) ⊙ u. [rows, position, neurons] */
  readonly act: Value;
  /** [rows, position, width] */
  readonly out: Value;
}

/** φ(u)·W_out, or φ(gate) ⊙ u·W_out. @param y [rows, position, width] @param at where; zero elsewhere. Absent: everywhere */
export function mlp(g: Graph, spec: Mlp, y: Value, at?: ReadPositions): MlpTrace {
  const input = taken(g, y, at);
  const pre = linear(g, spec.input, input);
  const gate = spec.gate && linear(g, spec.gate, input);
  const act = gate ? multiply(g, pre, activate(g, spec.activation, gate)) : activate(g, spec.activation, pre);
  const out = linear(g, spec.output, act);
  return {
    pre: placed(g, pre, at),
    gate: gate && placed(g, gate, at),
    act: placed(g, act, at),
    out: placed(g, out, at),
  };
}

export interface MlpGradients {
  /** [batch, position, width], before the block's norm. */
  readonly input: Value;
  /** Gradient at the neurons' activations. [batch, position, neurons] */
  readonly act: Value;
  /** The direct directions at the activations of the target's positions. [batch, places, neurons] */
  readonly directAct: Value;
  /** Of b_in (W_up's in a gated MLP, and W_gate's where its side is not held) and b_out: [batch] */
  readonly inputBias: Value | undefined;
  readonly outputBias: Value | undefined;
}

/**
 * g_act = g·W_outᵀ; g_u = g_act ⊙ κ or φ′(u) (gated: ⊙ φ(gate)); g_y = g_u·W_inᵀ. Where the gate side of a product is
 * not held: g_gate = g_act ⊙ u ⊙ κ(gate) or φ′(gate), and g_y also has g_gate·W_gateᵀ.
 * @param out gradient at the output before a post norm, [batch, position, width]
 * @param direct [batch, places, width]
 * @param pre gives what was saved, where the rules need it: a gated MLP whose gate is held does not
 * @param at where `out` is not zero; absent: everywhere
 */
export function mlpTransposed(
  g: Graph,
  spec: Mlp,
  rules: Rules,
  given: { out: Value; direct: Value; pre: () => Value; gate: Value | undefined; at: ReadPositions | undefined },
): MlpGradients {
  const { at } = given;
  const out = taken(g, given.out, at);
  const pre = () => taken(g, given.pre(), at);
  const gate = given.gate && taken(g, given.gate, at);
  // The direct directions ride along as more rows of the same product.
  const rows = linearTransposed(g, spec.output, g.op('Concat', [out, given.direct], { axis: 1 }));
  const { own: act, riding: directAct } = withoutRiding(g, rows, 1, given.direct);
  const shared = rules.product === 'HALVED' && gate ? multiply(g, act, g.float(0.5)) : act;
  const factor = gate === undefined ? slopeOf(g, spec, rules, pre()) : frozenFactor(g, spec, pre, gate);
  const gradPre = multiply(g, shared, factor);
  const gradGate =
    gate === undefined || rules.product === 'HELD'
      ? undefined
      : multiply(g, multiply(g, shared, pre()), slopeOf(g, spec, rules, gate));
  const input = linearTransposed(g, spec.input, gradPre);
  const gateSide =
    spec.gate && gradGate
      ? { input: linearTransposed(g, spec.gate, gradGate), bias: biasShare(g, biasOf(g, spec.gate), gradGate) }
      : undefined;
  return {
    input: placed(g, gateSide ? add(g, input, gateSide.input) : input, at),
    act: placed(g, act, at),
    directAct,
    inputBias: sumOf(g, biasShare(g, biasOf(g, spec.input), gradPre), gateSide?.bias),
    outputBias: biasShare(g, biasOf(g, spec.output), out),
  };
}

/** What takes the activation's place going back: κ(u) or φ′(u). */
function slopeOf(g: Graph, { activation }: Mlp, rules: Rules, u: Value): Value {
  return rules.activation === 'GATE' ? gateOf(g, activation, u) : derivativeOf(g, activation, u);
}

/** κ(u), or the whole factor φ(gate) of a gated MLP. */
export function frozenFactor(g: Graph, spec: Mlp, pre: () => Value, gate: Value | undefined): Value {
  return gate === undefined ? gateOf(g, spec.activation, pre()) : activate(g, spec.activation, gate);
}
