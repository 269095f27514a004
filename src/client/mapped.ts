/**
 * Each value of a stream turned into another, or left out where that is undefined. By hand: an `async function*` cannot
 * be left while it waits for a value, its `return()` would wait too.
 */
export class Mapped<From, To> implements AsyncIterableIterator<To, undefined> {
  readonly #source: AsyncIterator<From>;
  readonly #map: (value: From) => To | undefined;
  readonly #errorOf: (thrown: unknown) => unknown;

  /**
   * @param map may throw, which ends the stream with its error
   * @param errorOf turns what the source throws into what this throws
   */
  constructor(
    source: AsyncIterator<From>,
    map: (value: From) => To | undefined,
    errorOf: (thrown: unknown) => unknown = (thrown) => thrown,
  ) {
    this.#source = source;
    this.#map = map;
    this.#errorOf = errorOf;
  }

  async next(): Promise<IteratorResult<To, undefined>> {
    for (let result = await this.#next(); !result.done; result = await this.#next()) {
      try {
        const value = this.#map(result.value);
        if (value !== undefined) return { done: false, value };
      } catch (error) {
        await this.return();
        throw error;
      }
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<To, undefined>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  async #next(): Promise<IteratorResult<From, unknown>> {
    try {
      return await this.#source.next();
    } catch (thrown) {
      throw this.#errorOf(thrown);
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
