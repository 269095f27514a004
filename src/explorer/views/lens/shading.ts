/** What the shades of the lens mean, in words. */
import type { CellKind } from './cells.ts';

/** @param name of the target, as it is quoted */
export function shadingOf(kind: CellKind, name: string): string {
  if (kind === 'top') return 'Shade: probability of the first choice, white 0 %, grey 100 %';
  if (kind === 'entropy') return 'Entropy in nats; shade: the surer, the darker';
  const what = kind === 'rank' ? `Rank of ${name}` : `Probability of ${name}`;
  return `${what}; shade: its probability, white 0 %, grey 100 %`;
}
