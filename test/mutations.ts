/** Corrupt checkpoints: what may stand in the place of any value of a JSON file. */
import fc from 'fast-check';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A change of one place of a JSON value. The place is a number that is taken modulo the number of places. */
export interface Mutation {
  readonly place: number;
  readonly change:
    | { readonly kind: 'REMOVE' }
    | { readonly kind: 'REPLACE'; readonly by: Json }
    | { readonly kind: 'SCALE'; readonly factor: number };
}

/** Numbers that are small, absurd, negative, or none at all for whom expects a whole one. */
const numbers = fc.oneof(
  fc.constantFrom(
    0,
    1,
    -1,
    2,
    3,
    7,
    0.5,
    1e-9,
    257,
    4096,
    2 ** 31,
    2 ** 31 - 1,
    2 ** 32,
    2 ** 53,
    1e12,
    1e300,
    -(2 ** 31),
  ),
  fc.integer({ min: -10, max: 100 }),
);
const value: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: numbers },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Json>(null, true, false, '', 'relu', 'gelu', 'F16', 'BF16', 'I64', 'mish', [], {}),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.array(numbers, { maxLength: 4 }) },
);

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(),
  change: fc.oneof(
    { weight: 1, arbitrary: fc.constant({ kind: 'REMOVE' as const }) },
    { weight: 3, arbitrary: value.map((by) => ({ kind: 'REPLACE' as const, by })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(2, 3, 0.5, 1000, 1e9, -1).map((factor) => ({ kind: 'SCALE' as const, factor })),
    },
  ),
});

/** A copy of `json` in which these changes are made, one after the other. */
export function mutated(json: Json, mutations: readonly Mutation[]): Json {
  const holder: { root: Json } = { root: structuredClone(json) };
  for (const { place, change } of mutations) {
    const places = placesIn(holder, 'root');
    const at = places[place % places.length];
    if (!at) continue;
    const { parent, key } = at;
    const old = (parent as Record<string, Json>)[key];
    if (change.kind === 'REMOVE') {
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else if (parent !== holder) delete (parent as Record<string, Json>)[key];
    } else if (change.kind === 'REPLACE') (parent as Record<string, Json>)[key] = structuredClone(change.by);
    else if (typeof old === 'number') (parent as Record<string, Json>)[key] = old * change.factor;
  }
  return holder.root;
}

interface Place {
  readonly parent: object;
  readonly key: string;
}

/** Keys of long lists, such as a vocabulary, are few places among many otherwise: the first ones stand for all. */
const mostKeys = 40;

function placesIn(parent: object, key: string): Place[] {
  const child = (parent as Record<string, Json>)[key];
  const inner = typeof child === 'object' && child !== null ? Object.keys(child).slice(0, mostKeys) : [];
  return [{ parent, key }, ...inner.flatMap((name) => placesIn(child as object, name))];
}
