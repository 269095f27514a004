/** All ways to fill slots, one value each, without making a list of them. */

export interface Slot {
  readonly name: string;
  /** Each once. */
  readonly values: readonly string[];
}

/** Values that are tried, and places that are filled, before the combinations of slots that depend on each other count as too many to list. */
const mostSteps = 1_000_000;

/** Slots that depend on each other, and on no others. */
interface Dependent {
  /** Their places among all, ascending. */
  readonly slots: readonly number[];
  /** How many ways there are to fill them; of those that are not listed, all products of their values. */
  readonly size: bigint;
  /** Which value each has in the n-th way: undefined where two are the same that are to differ. */
  readonly at: (index: bigint) => readonly number[] | undefined;
  readonly isListed: boolean;
}

/**
 * They have an order: the last slot changes fastest. Slots that are to differ from each other change together, at the place of
 * the first of them.
 */
export class Combinations {
  /** How many there are; an upper bound where it is not `exact`. */
  readonly size: bigint;
  /** Whether each index below `size` has a combination. */
  readonly exact: boolean;
  readonly #slots: readonly Slot[];
  readonly #dependents: readonly Dependent[];

  /** @param different groups of places of slots, each of which has another value than the others of its group */
  constructor(slots: readonly Slot[], different: readonly (readonly number[])[]) {
    this.#slots = slots;
    this.#dependents = connected(slots.length, different).map((places) => dependent(places, slots, different));
    this.size = this.#dependents.reduce((product, { size }) => product * size, 1n);
    this.exact = this.#dependents.every(({ isListed }) => isListed);
  }

  /** @param index from 0, below `size` @returns undefined where values are the same that are to differ */
  at(index: bigint): Readonly<Record<string, string>> | undefined {
    const values = new Array<string>(this.#slots.length);
    let left = index;
    for (const { slots, size, at } of this.#dependents.toReversed()) {
      const chosen = at(left % size);
      left /= size;
      if (!chosen) return undefined;
      for (const [place, slot] of slots.entries())
        values[slot] = this.#slots[slot]?.values[chosen[place] as number] as string;
    }
    return Object.fromEntries(this.#slots.map(({ name }, slot) => [name, values[slot] as string]));
  }
}

/** Slots that are in a group together, or by way of others, in the order of the first of each. */
function connected(count: number, groups: readonly (readonly number[])[]): number[][] {
  const together = Array.from({ length: count }, (_, slot) => [slot]);
  for (const [first = 0, ...others] of groups)
    for (const other of others) {
      const [a, b] = [together[first] as number[], together[other] as number[]];
      if (a === b) continue;
      a.push(...b);
      for (const slot of b) together[slot] = a;
    }
  return [...new Set(together)].map((slots) => slots.sort((a, b) => a - b)).sort(([a = 0], [b = 0]) => a - b);
}

function dependent(slots: readonly number[], all: readonly Slot[], groups: readonly (readonly number[])[]): Dependent {
  const counts = slots.map((slot) => all[slot]?.values.length as number);
  if (slots.length === 1) {
    const [count = 0] = counts;
    return { slots, size: BigInt(count), at: (index) => [Number(index)], isListed: true };
  }
  const differing = differingFrom(slots, all, groups);
  const listed = listOf(counts, differing);
  if (listed) {
    const { length } = slots;
    const at = (index: bigint) => listed.slice(Number(index) * length, (Number(index) + 1) * length);
    return { slots, size: BigInt(listed.length / length), at, isListed: true };
  }
  const size = counts.reduce((product, count) => product * BigInt(count), 1n);
  const at = (index: bigint) => {
    const chosen = digitsOf(index, counts);
    return chosen.every((_, place) => differing(chosen, place)) ? chosen : undefined;
  };
  return { slots, size, at, isListed: false };
}

/** Whether the value at a place is another than those before it from which it is to differ. */
type Differs = (chosen: readonly number[], place: number) => boolean;

function differingFrom(
  slots: readonly number[],
  all: readonly Slot[],
  groups: readonly (readonly number[])[],
): Differs {
  const numbers = new Map<string, number>();
  // The same number for the same text, whichever slot has it.
  const texts = slots.map((slot) =>
    (all[slot]?.values ?? []).map((text) => {
      const number = numbers.get(text) ?? numbers.size;
      numbers.set(text, number);
      return number;
    }),
  );
  const before = slots.map((slot, place) =>
    slots.flatMap((other, earlier) =>
      earlier < place && groups.some((group) => group.includes(slot) && group.includes(other)) ? [earlier] : [],
    ),
  );
  const textAt = (chosen: readonly number[], place: number) => texts[place]?.[chosen[place] as number];
  return (chosen, place) =>
    (before[place] as number[]).every((earlier) => textAt(chosen, earlier) !== textAt(chosen, place));
}

/** The combinations one after the other, flat; undefined where there are too many, or finding them takes too long. */
function listOf(counts: readonly number[], differs: Differs): number[] | undefined {
  const found: number[] = [];
  const chosen: number[] = [];
  let steps = 0;
  const fill = (place: number): boolean => {
    if (place === counts.length) {
      found.push(...chosen);
      steps += counts.length;
      return steps <= mostSteps;
    }
    for (let value = 0; value < (counts[place] as number); value++) {
      if (++steps > mostSteps) return false;
      chosen[place] = value;
      if (differs(chosen, place) && !fill(place + 1)) return false;
    }
    chosen.length = place;
    return true;
  };
  return fill(0) ? found : undefined;
}

/** A number in the mixed radix of counts, the last digit the lowest. */
function digitsOf(index: bigint, counts: readonly number[]): number[] {
  let left = index;
  const digits = counts.toReversed().map((count) => {
    const digit = Number(left % BigInt(count));
    left /= BigInt(count);
    return digit;
  });
  return digits.reverse();
}
