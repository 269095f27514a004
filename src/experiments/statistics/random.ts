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

  /** 32 random bits, from 0 to 2^32 − 1. */
  bits(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** A whole number below `count`; none is likelier than another by more than count / 2^32. */
  below(count: number): number {
    return Math.floor(this.bits() * (count / 2 ** 32));
  }
}
