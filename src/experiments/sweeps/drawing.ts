/** Numbers drawn at random by a seed: the same ones for the same seed, on every machine. */
import { createHash } from 'node:crypto';

/** Whole numbers below any bound, all equally likely: bits of SHA-256 of the seed and a counter, drawn again where they are not below. */
export class SeededNumbers {
  readonly #seed: number;
  #block = Buffer.alloc(0);
  #blocks = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** @param bound 1 at the least */
  below(bound: bigint): bigint {
    const bits = bound === 1n ? 0 : (bound - 1n).toString(2).length;
    for (;;) {
      const number = this.#bits(bits);
      if (number < bound) return number;
    }
  }

  #bits(count: number): bigint {
    const bytes = this.#bytes(Math.ceil(count / 8));
    return bytes.length === 0 ? 0n : BigInt.asUintN(count, BigInt(`0x${bytes.toString('hex')}`));
  }

  #bytes(count: number): Buffer {
    while (this.#block.length < count) {
      const more = createHash('sha256')
        .update(`${this.#seed} ${this.#blocks++}`)
        .digest();
      this.#block = Buffer.concat([this.#block, more]);
    }
    const bytes = this.#block.subarray(0, count);
    this.#block = this.#block.subarray(count);
    return bytes;
  }
}

/**
 * The numbers from 0 to size − 1 in a random order, each once, all orders equally likely: the shuffle of Fisher and Yates,
 * which keeps only the places that have changed. A beginning of it is a draw without replacement, from however many.
 */
export function* shuffled(size: bigint, seed: number): Generator<bigint, void> {
  const numbers = new SeededNumbers(seed);
  const moved = new Map<bigint, bigint>();
  for (let place = 0n; place < size; place++) {
    const other = place + numbers.below(size - place);
    const here = moved.get(place) ?? place;
    yield moved.get(other) ?? other;
    moved.delete(place);
    if (other !== place) moved.set(other, here);
  }
}
