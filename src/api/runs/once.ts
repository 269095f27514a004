/** A stream of one value. By hand, as every iterator that a client can leave: see `reader.ts`. */
export class Once<Value> implements AsyncIterableIterator<Value, undefined> {
  #value: { readonly value: Value } | undefined;

  constructor(value: Value) {
    this.#value = { value };
  }

  async next(): Promise<IteratorResult<Value, undefined>> {
    const held = this.#value;
    this.#value = undefined;
    return held ? { done: false, value: held.value } : { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Value, undefined>> {
    this.#value = undefined;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
