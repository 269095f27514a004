/** Measures how fast this machine computes: a matrix product as a block has it, what is no product, and what each run costs. */
import { tmpdir } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { Graph, type Value } from '../onnx/writer.ts';
import type { Cost } from './cost.ts';
import { at } from './rows.ts';
import { openSession } from './session.ts';
import { floats, type Tensor } from './tensor.ts';

/** Seconds for one of each of what a cost counts (of sessions a block's, without weights), and for one byte of a weight to be loaded. */
export interface Speed extends Readonly<Record<keyof Required<Cost>, number>> {
  readonly loadedBytes: number;
}

/** A weight that no cache holds, 32 MB, as of a block of a model of some hundred million parameters. */
const inputs = 2048;
const outputs = 4096;
/** Of a block's graph. */
const nodes = 60;
/** Positions of a prompt. */
const rows = 64;
const heads = 8;
const square = 256;
/** Milliseconds that each measurement goes on for, and the fewest runs. */
const patience = 120;
const fewest = 3;

/** Takes about half a second. @param threads that onnxruntime uses */
export async function measureSpeed(threads: number): Promise<Speed> {
  const load = (build: (g: Graph, x: Value) => Value): Promise<InferenceSession> => {
    const g = new Graph('speed', { tensors: new Map(), folder: tmpdir(), weights: 'PACKED' });
    g.output('y', build(g, g.input('x', 'F32', ['rows', 'position', 'width'])));
    return openSession(g.toBytes().bytes, { folder: tmpdir(), threads, packed: true });
  };
  const softmax = await load((g, x) => g.op('Softmax', [g.op('Gelu', [x])], { axis: -1 }));
  const nothing = await load((g, x) => g.op('Neg', [x]));
  // Not the first one: that loads onnxruntime too.
  const loading = performance.now();
  const product = await load((g, x) =>
    g.op('MatMul', [x, g.op('Expand', [g.float(0.01), g.integers(inputs, outputs)])]),
  );
  const loaded = performance.now() - loading;
  const opening = performance.now();
  const block = await load((g, x) => Array.from({ length: nodes }).reduce<Value>((y) => g.op('Gelu', [y]), x));
  const opened = performance.now() - opening;

  const perRun = await secondsOf(nothing, filled(1, 1, 1));
  const oneRow = await secondsOf(product, filled(1, 1, inputs));
  const manyRows = await secondsOf(product, filled(1, rows, inputs));
  const numbers = heads * square * square;
  const elementwise = await secondsOf(softmax, filled(heads, square, square));
  // More rows read the same weights: what they take longer is arithmetic.
  const perFlop = Math.max(manyRows - oneRow, manyRows / 10) / (2 * (rows - 1) * inputs * outputs);
  for (const session of [product, softmax, nothing, block]) await session.release();
  return {
    flops: perFlop,
    weights: Math.max(oneRow - perRun, 0) / (inputs * outputs),
    // A GELU and a softmax.
    elements: Math.max(elementwise - perRun, 0) / (2 * numbers),
    runs: perRun,
    sessions: opened / 1000,
    loadedBytes: loaded / 1000 / (4 * inputs * outputs),
  };
}

function filled(...dims: number[]): Tensor {
  return floats(new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(0.5), ...dims);
}

/** The median of as many runs as there is patience for. */
async function secondsOf(session: InferenceSession, x: Tensor): Promise<number> {
  await session.run({ x });
  const times: number[] = [];
  for (let began = performance.now(); times.length < fewest || performance.now() - began < patience; ) {
    const started = performance.now();
    await session.run({ x });
    times.push(performance.now() - started);
  }
  return (
    at(
      times.sort((a, b) => a - b),
      times.length >> 1,
    ) / 1000
  );
}
