/**
 * The thread that reads ahead: one of its own, because onnxruntime occupies the one that asks until a graph has run.
 * Started by `read-ahead.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { FileRange } from '../onnx/file-range.ts';
import { bring } from './page-cache.ts';

export interface ReadOrder {
  readonly number: number;
  readonly ranges: readonly FileRange[];
}

/** [the last order that was given, the last one that is over with] */
const orders = new Int32Array(workerData as SharedArrayBuffer);

parentPort?.on('message', ({ number, ranges }: ReadOrder) => {
  // When another order has come, nobody waits for the rest of this one.
  for (const range of ranges) bring(range, () => Atomics.load(orders, 0) === number);
  Atomics.store(orders, 1, number);
  parentPort?.postMessage(number);
});
// It is ready.
parentPort?.postMessage(0);
