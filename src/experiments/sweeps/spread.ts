/** Some of many items, evenly spread over all of them, however many come. */
export class Spread<Item> {
  readonly #most: number;
  #stride = 1;
  #count = 0;
  #items: Item[] = [];

  /** @param most at the most so many are kept, and more than half as many where there are enough */
  constructor(most: number) {
    this.#most = most;
  }

  add(item: Item): void {
    if (this.#count++ % this.#stride !== 0) return;
    this.#items.push(item);
    if (this.#items.length <= this.#most) return;
    this.#items = this.#items.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  get items(): readonly Item[] {
    return this.#items;
  }
}
