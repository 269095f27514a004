/** What stands in the cells of the lens and what its shades mean, in words. */
import type { CellKind } from './cells.ts';

export interface Shading {
  /** Of the lightest shade. */
  readonly low: string;
  /** Of the darkest. */
  readonly high: string;
  readonly meaning: string;
}

/** @param name of the target, as it is quoted */
export function shadingOf(kind: CellKind, name: string): Shading {
  if (kind === 'entropy') return { low: 'unsure', high: 'sure', meaning: 'entropy in nats' };
  const meanings = {
    top: 'probability of the first choice',
    rank: `rank of ${name}, shaded by its probability`,
    probability: `probability of ${name}`,
  } as const;
  return { low: '0 %', high: '100 %', meaning: meanings[kind] };
}
