/** Tells whoever reads a run's events that there may be more. The rows are the truth: a signal carries nothing. */
export class Signals {
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #unheard = new Map<string, () => void>();

  /** @returns stops listening; more than once does no more */
  listen(runId: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(runId) ?? new Set();
    this.#listeners.set(runId, listeners.add(listener));
    this.#unheard.get(runId)?.();
    return () => {
      // Those who listen now may be others, in a set of their own.
      if (listeners.delete(listener) && listeners.size === 0) this.#listeners.delete(runId);
    };
  }

  /** Whether anybody listens. */
  isHeard(runId: string): boolean {
    return this.#listeners.has(runId);
  }

  /** @param call of whoever has something to tell of the run, for the moment when somebody listens; undefined: nothing any more */
  whenHeard(runId: string, call: (() => void) | undefined): void {
    if (call) this.#unheard.set(runId, call);
    else this.#unheard.delete(runId);
  }

  wake(runId: string): void {
    for (const listener of this.#listeners.get(runId) ?? []) listener();
  }

  /** Of all runs. */
  wakeAll(): void {
    for (const runId of this.#listeners.keys()) this.wake(runId);
  }
}
