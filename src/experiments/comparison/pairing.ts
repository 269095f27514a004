/** Which run of one group belongs to which of the other. */
import type { Member } from './group.ts';

export const pairings = ['PROMPT', 'SLOTS', 'ORDER'] as const;
export type Pairing = (typeof pairings)[number];

/** @param slots by which SLOTS pairs */
export interface PairRequest {
  readonly by: Pairing;
  readonly slots: readonly string[];
}

/** Places in the two groups. */
export type Pair = readonly [a: number, b: number];

/** Runs that have no partner, by their place, with the reason. */
export type Alone = ReadonlyMap<number, string>;

export interface Paired {
  readonly pairs: readonly Pair[];
  readonly aloneInA: Alone;
  readonly aloneInB: Alone;
}

/** In the order of `a`. Of several that belong together, the first is paired with the first, the second with the second. */
export function paired(a: readonly Member[], b: readonly Member[], request: PairRequest): Paired {
  const [keysOfA, keysOfB] = [keysOf(a, request), keysOf(b, request)];
  const waiting = Map.groupBy(keysOfB.byPlace, ([, key]) => key);
  const pairs: Pair[] = [];
  const [aloneInA, aloneInB] = [new Map(keysOfA.without), new Map(keysOfB.without)];
  for (const [place, key] of keysOfA.byPlace) {
    const partner = waiting.get(key)?.shift();
    if (partner) pairs.push([place, partner[0]]);
    else aloneInA.set(place, alone[request.by]);
  }
  for (const left of waiting.values()) for (const [place] of left) aloneInB.set(place, alone[request.by]);
  return { pairs, aloneInA, aloneInB };
}

const alone: Readonly<Record<Pairing, string>> = {
  PROMPT: 'the other group has no run of the same prompt, token by token, left for it',
  SLOTS: 'the other group has no run with the same values of `pairSlots` left for it',
  ORDER: 'the other group has fewer runs',
};

/** What two runs that belong together have in common, of those that have it. */
function keysOf(members: readonly Member[], request: PairRequest) {
  const byPlace: [place: number, key: string][] = [];
  const without: [place: number, reason: string][] = [];
  for (const [place, member] of members.entries()) {
    const key = keyOf(member, place, request);
    if (key === undefined) without.push([place, 'it answers no row of a sweep that has the slots of `pairSlots`']);
    else byPlace.push([place, key]);
  }
  return { byPlace, without };
}

function keyOf({ run, slots }: Member, place: number, request: PairRequest): string | undefined {
  switch (request.by) {
    case 'PROMPT':
      return run.question.input.inputIds.join(' ');
    case 'ORDER':
      return String(place);
    case 'SLOTS':
      if (!slots || request.slots.some((name) => !Object.hasOwn(slots, name))) return undefined;
      return JSON.stringify(request.slots.map((name) => slots[name]));
  }
}
