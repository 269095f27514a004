/** Random numbers for resampling: the same ones for the same seed. */
import { createHash } from 'node:crypto';

/**
 * xoshiro128** (Blackman & Vigna 2018, *Scrambled Linear Pseudorandom Number Generators*): a period of 2^128 − 1, and a
 * nanosecond or two a number, which resampling takes by the hundred million.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param state four words of 32 bits, not all of them 0 */
  constructor([a, b, c, d]: readonly [number, number, number, number]) {
    [this.#a, this.#b, this.#c, this.#d] = [a, b, c, d];
  }

  /** @param purpose what the numbers are for: those of another purpose do not depend on them */
  static of(seed: number, purpose: string): Random {
    const digest = createHash('sha256').update(`${seed} ${purpose}`).digest();
    return new Random([digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), digest.readInt32LE(12)]);
  }

  /** Fills an array with random words, 32 bits each. */
  fill(words: Uint32Array): void {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    for (let index = 0; index < words.length; index++) {
      const product = Math.imul(b, 5);
      words[index] = Math.imul((product << 7) | (product >>> 25), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
    }
    [this.#a, this.#b, this.#c, this.#d] = [a, b, c, d];
  }
}

/** What makes a whole number below `count` of a random word, once it is cut off: none is likelier by more than count / 2^32. */
export function scaleBelow(count: number): number {
  return count / 2 ** 32;
}
