/** The `count` strongest of many, without keeping the others. */
export class Strongest<Item> {
  readonly #count: number;
  /** Strongest first; of equals the one that came first. */
  readonly #items: { readonly strength: number; readonly item: Item }[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  add(strength: number, item: Item): void {
    const weakest = this.#items.at(-1);
    if (this.#items.length >= this.#count && (!weakest || strength <= weakest.strength)) return;
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#items[middle]?.strength ?? 0) >= strength) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, { strength, item });
    if (this.#items.length > this.#count) this.#items.pop();
  }

  list(): Item[] {
    return this.#items.map(({ item }) => item);
  }
}
