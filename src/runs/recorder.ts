/** Stores the steps of one run as they come, then wakes whoever follows it: nobody is told what is not stored. */
import type { Recording } from './recording.ts';
import type { Signals } from './signals.ts';
import { type RunStep, statusAfter } from './types.ts';

export class Recorder {
  readonly #store: Recording;
  readonly #signals: Signals;
  readonly #runId: string;
  readonly #onFailure: () => void;
  readonly #patience: number;
  #waiting: RunStep[] = [];
  #writing: Promise<void> | undefined;
  #later: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;
  #completed = false;

  /**
   * @param onFailure called once when a step could not be stored, so that no more are made in vain
   * @param patience milliseconds for which steps are gathered for one transaction, until somebody waits for them
   */
  constructor(store: Recording, signals: Signals, runId: string, onFailure: () => void, patience = 0) {
    this.#store = store;
    this.#signals = signals;
    this.#runId = runId;
    this.#onFailure = onFailure;
    this.#patience = patience;
  }

  /** Has the step been recorded that ends the run? */
  get completed(): boolean {
    return this.#completed;
  }

  /**
   * Steps that come while a transaction is under way share the next one; what waits is bounded by the blocks of one
   * run. After a step that could not be stored the later ones are dropped: stored, they would hide that one is missing.
   */
  record(step: RunStep): void {
    if (this.#failure) return;
    this.#completed ||= statusAfter(step) !== undefined;
    this.#waiting.push(step);
    if (this.#patience === 0 || this.#signals.isHeard(this.#runId)) this.#begin();
    else this.#gather();
  }

  /** Settles when every step is stored. @throws what the store threw */
  async flushed(): Promise<void> {
    this.#begin();
    await this.#writing;
    if (this.#failure) throw this.#failure.error;
  }

  /** The steps that are not stored yet, once the others are: to be stored with the end of the run. @throws as `flushed` */
  async rest(): Promise<RunStep[]> {
    this.#gathered();
    await this.#writing;
    if (this.#failure) throw this.#failure.error;
    return this.#waiting.splice(0);
  }

  #gather(): void {
    if (this.#later) return;
    this.#later = setTimeout(() => this.#begin(), this.#patience);
    this.#signals.whenHeard(this.#runId, () => this.#begin());
  }

  #gathered(): void {
    if (!this.#later) return;
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#signals.whenHeard(this.#runId, undefined);
  }

  #begin(): void {
    this.#gathered();
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
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
      this.#waiting = [];
      this.#onFailure();
    } finally {
      this.#writing = undefined;
    }
  }
}
