/**
 * A thread that reads ranges of files for no more than that the system then has them in its page cache: Node knows no
 * `posix_fadvise`. A thread of its own, because onnxruntime occupies the one that asks until a graph has run.
 * Started by `read-ahead.ts`.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { FileRange } from '../onnx/writer.ts';

/** Bytes that are read, or found to be there, together. */
const piece = 1 << 21;
/** Milliseconds in which one byte comes from memory, with some to spare, and from no disk. */
const fromMemory = 0.05;

export interface ReadOrder {
  readonly number: number;
  readonly ranges: readonly FileRange[];
}

/** [the last order that was given, the last one that is over with] */
const orders = new Int32Array(workerData as SharedArrayBuffer);
const bytes = new Uint8Array(piece);

parentPort?.on('message', ({ number, ranges }: ReadOrder) => {
  for (const range of ranges) read(range, number);
  Atomics.store(orders, 1, number);
  parentPort?.postMessage(number);
});

/** Whatever cannot be read is left to whoever computes with it. */
function read({ file, offset, length }: FileRange, number: number): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    for (let at = 0; at < length; at += piece) {
      // Another order has come: nobody waits for the rest of this one.
      if (Atomics.load(orders, 0) !== number) return;
      // What was read at one time leaves the cache at one time: the first byte speaks for all.
      const began = performance.now();
      readSync(descriptor, bytes, 0, 1, offset + at);
      if (performance.now() - began > fromMemory)
        readSync(descriptor, bytes, 0, Math.min(piece, length - at), offset + at);
    }
  } catch {
    return;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
