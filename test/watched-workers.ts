/** For tests: threads whose sessions are counted, and that wait or end when the test says so. */
import { syncBuiltinESMExports } from 'node:module';
import workerThreads, { type WorkerOptions } from 'node:worker_threads';

/** What the threads and the test share. */
export const cell = { made: 0, released: 1, heldAt: 2, waiting: 3, ending: 4 } as const;
const nowhere = -1;
export const endings = ['go on', 'exit', 'throw'] as const;

/** Threads that the process starts until it is disposed of are watched. */
export class WatchedWorkers implements Disposable {
  readonly #cells = new Int32Array(new SharedArrayBuffer(20));
  readonly #Worker = workerThreads.Worker;

  constructor() {
    const watched = this.#cells.buffer;
    Atomics.store(this.#cells, cell.heldAt, nowhere);
    workerThreads.Worker = class extends this.#Worker {
      constructor(file: string | URL, options: WorkerOptions) {
        const workerData = { ...options.workerData, file: String(file), watched };
        super(new URL('./watched-thread.ts', import.meta.url), { ...options, workerData });
      }
    };
    syncBuiltinESMExports();
  }

  /** Sessions that were made so far. */
  get made(): number {
    return Atomics.load(this.#cells, cell.made);
  }

  /** Sessions that were made and not released. */
  get open(): number {
    return this.made - Atomics.load(this.#cells, cell.released);
  }

  /** After so many further sessions the thread that is about to make one waits. @returns settles when it does */
  async hold(further: number): Promise<void> {
    Atomics.store(this.#cells, cell.waiting, 0);
    Atomics.store(this.#cells, cell.heldAt, this.made + further);
    await Atomics.waitAsync(this.#cells, cell.waiting, 0).value;
  }

  /** @param then what the thread that waits does: it exits, or throws what nobody catches */
  release(then: (typeof endings)[number] = 'go on'): void {
    Atomics.store(this.#cells, cell.ending, endings.indexOf(then));
    Atomics.store(this.#cells, cell.heldAt, nowhere);
    Atomics.notify(this.#cells, cell.heldAt);
  }

  [Symbol.dispose](): void {
    workerThreads.Worker = this.#Worker;
    syncBuiltinESMExports();
  }
}
