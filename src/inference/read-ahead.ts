/**
 * Weights from the disk into the page cache before a graph computes with them: while one block runs, those of the next one,
 * never further. Without it every block of a model that is larger than memory would stop at the first page of each weight.
 */
import { Worker } from 'node:worker_threads';
import type { FileRange } from '../onnx/writer.ts';
import type { ReadOrder } from './read-ahead-thread.ts';

export class ReadAhead {
  /** [the last order that was given, the last one that is over with], shared with the thread. */
  readonly #orders = new Int32Array(new SharedArrayBuffer(8));
  #thread: Worker | undefined;
  /** What the last order is about. */
  #ordered: readonly FileRange[] | undefined;
  #over = Promise.withResolvers<void>();
  #waited = 0;

  /** Milliseconds that was waited in `arrival`. */
  get waited(): number {
    return this.#waited;
  }

  /** Begins to read the ranges, in the place of what was ordered before. */
  order(ranges: readonly FileRange[]): void {
    if (ranges === this.#ordered) return;
    this.#ordered = ranges;
    const order: ReadOrder = { number: Atomics.add(this.#orders, 0, 1) + 1, ranges };
    this.#thread ??= this.#start();
    this.#thread.postMessage(order);
  }

  /** Settles when the ranges are in the page cache, or cannot be brought there. */
  async arrival(ranges: readonly FileRange[]): Promise<void> {
    this.order(ranges);
    const number = Atomics.load(this.#orders, 0);
    const began = performance.now();
    this.#thread?.ref();
    while (Atomics.load(this.#orders, 1) < number) await this.#over.promise;
    this.#thread?.unref();
    this.#waited += performance.now() - began;
  }

  /** Ends the thread; the next order begins another. */
  async close(): Promise<void> {
    const thread = this.#thread;
    this.#forget();
    await thread?.terminate();
  }

  #start(): Worker {
    const thread = new Worker(new URL('./read-ahead-thread.ts', import.meta.url), { workerData: this.#orders.buffer });
    thread.unref();
    thread.on('message', () => this.#next());
    // Without a thread, pages come as they are needed.
    thread.on('error', () => undefined);
    thread.on('exit', () => this.#thread === thread && this.#forget());
    return thread;
  }

  #forget(): void {
    this.#thread = undefined;
    this.#ordered = undefined;
    Atomics.store(this.#orders, 1, Atomics.load(this.#orders, 0));
    this.#next();
  }

  #next(): void {
    this.#over.resolve();
    this.#over = Promise.withResolvers();
  }
}
