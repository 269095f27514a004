/** Lets one thread stop or hold a job that another thread runs, between two blocks. */
import { TributaryError } from '../errors.ts';

const cancelled = 0;
const heldBlock = 1;
const nothingHeld = -1;

/**
 * Shared by a job's owner and its worker. A session's run cannot be interrupted (terminating its thread aborts the
 * process), so the worker asks before each block whether it may go on.
 */
export class Gate {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;

  /** @param shared another thread's gate; absent: a new one */
  constructor(shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(8);
    this.#cells = new Int32Array(this.shared);
    if (!shared) this.#cells[heldBlock] = nothingHeld;
  }

  /** The job ends before its next block. */
  cancel(): void {
    Atomics.store(this.#cells, cancelled, 1);
    Atomics.notify(this.#cells, heldBlock);
  }

  /** The job waits before this block until it is released. */
  hold(block: number): void {
    Atomics.store(this.#cells, heldBlock, block);
  }

  release(): void {
    Atomics.store(this.#cells, heldBlock, nothingHeld);
    Atomics.notify(this.#cells, heldBlock);
  }

  /** Called by the worker before `block`; waits while it is held. @throws TributaryError CANCELLED */
  pass(block: number): void {
    while (Atomics.load(this.#cells, heldBlock) === block && Atomics.load(this.#cells, cancelled) === 0) {
      // Wakes by itself too: a cancel between the two loads would otherwise be missed.
      Atomics.wait(this.#cells, heldBlock, block, 20);
    }
    this.throwIfCancelled();
  }

  throwIfCancelled(): void {
    if (Atomics.load(this.#cells, cancelled) !== 0) throw new TributaryError('CANCELLED', 'The run was cancelled');
  }
}
