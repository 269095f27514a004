/**
 * Lets who waits for something leave at once. Not by `Promise.race` with a promise of that: it would keep each result
 * for as long as nobody has left.
 */
export class UntilLeft<Value> {
  readonly #waiting = new Set<(value: Value) => void>();
  #left: { readonly value: Value } | undefined;

  /** What it comes to; or, once it is left, what was said then. */
  async wait(result: Promise<Value>): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.#waiting.add(resolve);
    if (this.#left) resolve(this.#left.value);
    result.then(resolve, reject);
    try {
      return await promise;
    } finally {
      this.#waiting.delete(resolve);
    }
  }

  leave(value: Value): void {
    this.#left = { value };
    for (const resolve of this.#waiting) resolve(value);
  }
}
