/** Numbers that are drawn: the same for the same seed, each by itself, without those before it. */
import { createHash } from 'node:crypto';

/** @param index which of the numbers of that seed @returns uniform in [0, 1), in 48 bits */
export function uniform(seed: number, index: number): number {
  const bits = createHash('sha256').update(`${seed} ${index}`).digest().readUIntBE(0, 6);
  return bits / 2 ** 48;
}
