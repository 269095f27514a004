/** Runs that are left out of a comparison, and why. */
import type { Paired } from './pairing.ts';

export const sides = ['A', 'B'] as const;
export type Side = (typeof sides)[number];

export interface MissingRuns {
  readonly group: Side;
  readonly reason: string;
  readonly count: number;
}

const partnerLacks = 'its partner is left out';

/**
 * Runs of which some figure is left out, each once, by its first reason.
 * @param lackingInA why runs lack figures, by their place in the group
 * @param pairs null where runs are not paired
 */
export function missingRuns(
  lackingInA: ReadonlyMap<number, string>,
  lackingInB: ReadonlyMap<number, string>,
  pairs: Paired | null,
): MissingRuns[] {
  const ofA = new Map([...lackingInA, ...(pairs?.aloneInA ?? [])]);
  const ofB = new Map([...lackingInB, ...(pairs?.aloneInB ?? [])]);
  for (const [a, b] of pairs?.pairs ?? []) {
    if (ofA.has(a) && !ofB.has(b)) ofB.set(b, partnerLacks);
    else if (ofB.has(b) && !ofA.has(a)) ofA.set(a, partnerLacks);
  }
  return [...counted('A', ofA), ...counted('B', ofB)];
}

function counted(group: Side, reasons: ReadonlyMap<number, string>): MissingRuns[] {
  const byReason = Map.groupBy(reasons.values(), (reason) => reason);
  return Array.from(byReason, ([reason, { length }]) => ({ group, reason, count: length }));
}
