/** Numbers, of which the smallest comes first. */
export class Heap {
  readonly #numbers: number[] = [];

  push(number: number): void {
    let at = this.#numbers.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#numbers[parent] as number;
      if (above <= number) break;
      this.#numbers[at] = above;
      at = parent;
    }
    this.#numbers[at] = number;
  }

  pop(): number | undefined {
    const [top] = this.#numbers;
    const last = this.#numbers.pop();
    const count = this.#numbers.length;
    if (last === undefined || count === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && (this.#numbers[child + 1] as number) < (this.#numbers[child] as number)) child++;
      if (last <= (this.#numbers[child] as number)) break;
      this.#numbers[at] = this.#numbers[child] as number;
      at = child;
    }
    this.#numbers[at] = last;
    return top;
  }
}
