/** Orders in which the tokens that can matter are taken: positions 0 … n − 1. */
import { createHash } from 'node:crypto';
import { at } from '../../../inference/rows.ts';

/** The highest score first; of equal ones the earlier. */
export function byScore(scores: Float32Array, n: number): number[] {
  return positions(n).sort((a, b) => at(scores, b) - at(scores, a));
}

export function latestFirst(n: number): number[] {
  return positions(n).reverse();
}

/** The same one for the same seed. */
export function shuffled(n: number, seed: number): number[] {
  const keys = positions(n).map((position) => createHash('sha256').update(`${seed} ${position}`).digest('hex'));
  return positions(n).sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1));
}

function positions(n: number): number[] {
  return Array.from({ length: n }, (_, position) => position);
}
