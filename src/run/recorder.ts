/** Stores the steps of one run as they come, then wakes whoever follows it: nobody is told what is not stored. */
import type { Signals } from './signals.ts';
import type { RunStore } from './store.ts';
import type { RunStep } from './types.ts';

export class Recorder {
  readonly #store: RunStore;
  readonly #signals: Signals;
  readonly #runId: string;
  #waiting: RunStep[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(store: RunStore, signals: Signals, runId: string) {
    this.#store = store;
    this.#signals = signals;
    this.#runId = runId;
  }

  /** Steps that come while a transaction is under way share the next one. */
  record(step: RunStep): void {
    this.#waiting.push(step);
    this.#writing ??= this.#write();
  }

  /** Settles when every step is stored. @throws what the store threw */
  async flushed(): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure.error;
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const steps = this.#waiting;
        this.#waiting = [];
        await this.#store.append(this.#runId, steps);
        this.#signals.wake(this.#runId);
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#writing = undefined;
    }
  }
}
