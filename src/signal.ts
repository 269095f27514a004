/** Tells whoever listens that something may have changed. It carries nothing: what is so now is for them to look at. */
export class Signal {
  readonly #listeners = new Set<() => void>();

  /** @returns stops listening; more than once does no more */
  listen(listener: () => void): () => void {
    // The same function may listen for several.
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  wake(): void {
    for (const listener of this.#listeners) listener();
  }
}
