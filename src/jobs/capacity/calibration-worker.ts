/** Measures the machine and ends: a matrix product as a block has it, what is no product, and what each run costs. */
import { tmpdir } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';
import { sessionOptions } from '../../inference/loaded-model.ts';
import { floats, type Tensor } from '../../inference/tensor.ts';
import { Graph, type Value } from '../../onnx/writer.ts';
import type { Calibration } from './calibration.ts';

/** A weight that no cache holds, 32 MB, as of a block of a model of some hundred million parameters. */
const inputs = 2048;
const outputs = 4096;
/** Positions of a prompt. */
const rows = 64;
const heads = 8;
const square = 256;
/** Milliseconds that each measurement goes on for, and the fewest runs. */
const patience = 120;
const fewest = 3;

const { threads } = workerData as { threads: number };

const softmax = await load((g, x) => g.op('Softmax', [g.op('Gelu', [x])], { axis: -1 }));
const nothing = await load((g, x) => g.op('Neg', [x]));
// Not the first one: that loads onnxruntime too.
const loading = performance.now();
const product = await load((g, x) => g.op('MatMul', [x, g.op('Expand', [g.float(0.01), g.integers(inputs, outputs)])]));
const loaded = performance.now() - loading;

const perRun = await secondsOf(nothing, filled(1, 1, 1));
const oneRow = await secondsOf(product, filled(1, 1, inputs));
const manyRows = await secondsOf(product, filled(1, rows, inputs));
const numbers = heads * square * square;
const elementwise = await secondsOf(softmax, filled(heads, square, square));
// More rows read the same weights: what they take longer is arithmetic.
const perFlop = Math.max(manyRows - oneRow, manyRows / 10) / (2 * (rows - 1) * inputs * outputs);
for (const session of [product, softmax, nothing]) await session.release();

parentPort?.postMessage({
  flops: perFlop,
  weights: Math.max(oneRow - perRun, 0) / (inputs * outputs),
  // A GELU and a softmax.
  elements: Math.max(elementwise - perRun, 0) / (2 * numbers),
  runs: perRun,
  loadedBytes: loaded / 1000 / (4 * inputs * outputs),
} satisfies Calibration);

function load(build: (g: Graph, x: Value) => Value): Promise<InferenceSession> {
  const g = new Graph('calibration', new Map(), tmpdir());
  g.output('y', build(g, g.input('x', 'F32', ['rows', 'position', 'width'])));
  return InferenceSession.create(g.toBytes().bytes, sessionOptions(tmpdir(), threads, true));
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
  return (times.sort((a, b) => a - b)[times.length >> 1] as number) / 1000;
}
