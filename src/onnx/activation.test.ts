/** Activations against their definitions in float64, derivatives against difference quotients of them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InferenceSession } from 'onnxruntime-node';
import type { Activation } from '../architecture/specification.ts';
import { floats, floatsOf, type Tensors } from '../inference/tensor.ts';
import { activate, derivativeOf, gateOf } from './activation.ts';
import { Graph } from './writer.ts';

const sigmoid = (u: number) => 1 / (1 + Math.exp(-u));
const gelu = (u: number) => u * normal(u);

const definitions: Readonly<Record<Activation, (u: number) => number>> = {
  GELU: gelu,
  GELU_TANH: (u) => (u / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (u + 0.044715 * u ** 3))),
  GELU_10: (u) => Math.min(Math.max(gelu(u), -10), 10),
  SILU: (u) => u * sigmoid(u),
  RELU: (u) => Math.max(u, 0),
  RELU2: (u) => Math.max(u, 0) ** 2,
  QUICK_GELU: (u) => u * sigmoid(1.702 * u),
  TANH: Math.tanh,
};

/** Around 0, where a quotient by u has no digits, around the bends, and far out; no bend itself. */
const inputs = [-30, -10.5, -4, -2.5, -1, -0.3, -1e-3, -1e-6, -1e-30, 1e-30, 1e-6, 1e-3, 0.3, 1, 2.5, 4, 9.5, 10.5, 30];

for (const [name, phi] of Object.entries(definitions) as [Activation, (u: number) => number][]) {
  it(`${name}, its gate and its derivative are what its definition says`, async () => {
    const rounded = inputs.map(Math.fround);
    const { value, gate, derivative } = await computed(name, rounded);
    const h = 1e-5;
    for (const [index, u] of rounded.entries()) {
      const slope = (phi(u + h) - phi(u - h)) / (2 * h);
      close(value[index], phi(u), `φ(${u})`);
      close(gate[index], Math.abs(u) < 1e-5 && name !== 'RELU' ? limit(phi) : phi(u) / u, `κ(${u})`);
      if (name !== 'RELU' || Math.abs(u) > h) close(derivative[index], slope, `φ′(${u})`);
    }
  });

  it(`the gate of ${name} at 0 is its limit`, async () => {
    const { value, gate } = await computed(name, [0]);
    assert.equal(value[0], 0);
    // The gate of a ReLU jumps there.
    if (name === 'RELU') assert.ok(gate[0] === 0 || gate[0] === 1);
    else close(gate[0], limit(phi), 'κ(0)');
  });
}

/** Of φ(u)/u from above. */
function limit(phi: (u: number) => number): number {
  return phi(1e-9) / 1e-9;
}

function close(actual: number | undefined, expected: number, what: string): void {
  const gap = Math.abs((actual ?? Number.NaN) - expected);
  assert.ok(gap <= 1e-5 * Math.max(1, Math.abs(expected)), `${what} is ${actual}, expected ${expected}`);
}

/** Φ(u), by Simpson's rule over the density. */
function normal(u: number): number {
  const steps = 2000;
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  const end = Math.min(Math.abs(u), 12);
  const width = end / steps;
  let sum = density(0) + density(end);
  for (let step = 1; step < steps; step++) sum += (step % 2 === 1 ? 4 : 2) * density(step * width);
  return 0.5 + (Math.sign(u) * sum * width) / 3;
}

async function computed(activation: Activation, u: readonly number[]) {
  const g = new Graph('activation', { tensors: new Map(), folder: '/', weights: 'PACKED' });
  const input = g.input('u', 'F32', ['values']);
  g.output('value', activate(g, activation, input));
  g.output('gate', gateOf(g, activation, input));
  g.output('derivative', derivativeOf(g, activation, input));
  const session = await InferenceSession.create(g.toBytes().bytes);
  try {
    const out = (await session.run({ u: floats(Float32Array.from(u), u.length) })) as Tensors;
    return {
      value: floatsOf(out, 'value'),
      gate: floatsOf(out, 'gate'),
      derivative: floatsOf(out, 'derivative'),
    };
  } finally {
    await session.release();
  }
}
