/**
 * Weights from the disk into the page cache before a graph computes with them: while one block runs, those of the next one,
 * never further. Without it every block of a model that is larger than memory would stop at the first page of each weight.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FileRange } from '../onnx/file-range.ts';
import type { ReadOrder } from './read-ahead-thread.ts';

export class ReadAhead {
  /** [the last order that was given, the last one that is over with], shared with the thread. */
  readonly #orders = new Int32Array(new SharedArrayBuffer(8));
  /** Once it runs. */
  #thread: Worker | undefined;
  #running: Promise<void> | undefined;
  /** What the last order is about. */
  #ordered: readonly FileRange[] | undefined;
  #over = Promise.withResolvers<void>();
  #waited = 0;

  /** Milliseconds that was waited in `arrival`. */
  get waited(): number {
    return this.#waited;
  }

  /** Settles when the thread runs, or cannot. */
  start(): Promise<void> {
    // Without a thread, pages come as they are needed.
    this.#running ??= this.#run().catch(() => undefined);
    return this.#running;
  }

  /** Begins to read the ranges, in the place of what was ordered before. */
  order(ranges: readonly FileRange[]): void {
    if (ranges === this.#ordered) return;
    if (!this.#thread) void this.start();
    else {
      this.#ordered = ranges;
      const order: ReadOrder = { number: Atomics.add(this.#orders, 0, 1) + 1, ranges };
      this.#thread.postMessage(order);
    }
  }

  /** Settles when the ranges are in the page cache, or cannot be brought there; at once as long as the thread starts. */
  async arrival(ranges: readonly FileRange[]): Promise<void> {
    this.order(ranges);
    const thread = this.#thread;
    const number = Atomics.load(this.#orders, 0);
    const began = performance.now();
    thread?.ref();
    while (Atomics.load(this.#orders, 1) < number) await this.#over.promise;
    thread?.unref();
    this.#waited += performance.now() - began;
  }

  /** Ends the thread; the next order begins another. */
  async close(): Promise<void> {
    await this.#running;
    const thread = this.#thread;
    this.#forget();
    await thread?.terminate();
  }

  async #run(): Promise<void> {
    const thread = new Worker(new URL('./read-ahead-thread.ts', import.meta.url), { workerData: this.#orders.buffer });
    const ended = new AbortController();
    thread.on('exit', () => {
      ended.abort();
      if (this.#thread === thread) this.#forget();
    });
    // What fails ends, too.
    thread.on('error', () => undefined);
    await once(thread, 'message', { signal: ended.signal });
    thread.unref();
    thread.on('message', () => this.#next());
    this.#thread = thread;
  }

  #forget(): void {
    this.#thread = undefined;
    this.#running = undefined;
    this.#ordered = undefined;
    Atomics.store(this.#orders, 1, Atomics.load(this.#orders, 0));
    this.#next();
  }

  #next(): void {
    this.#over.resolve();
    this.#over = Promise.withResolvers();
  }
}
