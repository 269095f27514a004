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
/** Milliseconds: a byte that comes sooner comes from memory, no disk is so fast. */
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
    for (let at = offset; at < offset + length; at += piece) {
      // Another order has come: nobody waits for the rest of this one.
      if (Atomics.load(orders, 0) !== number) return;
      const size = Math.min(piece, offset + length - at);
      if (!(isThere(descriptor, at) && isThere(descriptor, at + size - 1))) readSync(descriptor, bytes, 0, size, at);
    }
  } catch {
    return;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Whether the page of a byte is in memory: what comes and goes together is asked for its first and its last one. */
function isThere(descriptor: number, at: number): boolean {
  const began = performance.now();
  readSync(descriptor, bytes, 0, 1, at);
  return performance.now() - began < fromMemory;
}
