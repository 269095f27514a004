import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Combinations, type Slot } from './combinations.ts';

const all = (combinations: Combinations) =>
  Array.from({ length: Number(combinations.size) }, (_, index) => combinations.at(BigInt(index)));

/** By hand: the product of all values, and then those whose groups differ. */
function expected(slots: readonly Slot[], groups: readonly (readonly number[])[]): Record<string, string>[] {
  let product: string[][] = [[]];
  for (const { values } of slots) product = product.flatMap((start) => values.map((value) => [...start, value]));
  return product
    .filter((values) => groups.every((group) => new Set(group.map((slot) => values[slot])).size === group.length))
    .map((values) => Object.fromEntries(slots.map(({ name }, slot) => [name, values[slot] as string])));
}

describe('Combinations', () => {
  it('come with the last slot the fastest', () => {
    const slots = [
      { name: 'a', values: ['1', '2'] },
      { name: 'b', values: ['x', 'y', 'z'] },
    ];
    const texts = all(new Combinations(slots, [])).map((values) => Object.values(values ?? {}).join(''));
    assert.deepEqual(texts, ['1x', '1y', '1z', '2x', '2y', '2z']);
  });

  it('are those of the product whose groups differ, each once', () => {
    const values = fc.uniqueArray(fc.constantFrom('p', 'q', 'r', 's'), { minLength: 1 });
    const slots = fc.array(values, { minLength: 1, maxLength: 5 });
    const groups = fc.array(fc.uniqueArray(fc.nat(4), { minLength: 2, maxLength: 4 }), { maxLength: 3 });
    fc.assert(
      fc.property(slots, groups, (lists, anyGroups) => {
        const slots = lists.map((values, index) => ({ name: `slot ${index}`, values }));
        const within = anyGroups.map((group) => group.filter((slot) => slot < slots.length));
        const combinations = new Combinations(slots, within);
        assert.ok(combinations.exact);
        const sorted = (list: unknown[]) => list.map((item) => JSON.stringify(item)).sort();
        assert.deepEqual(sorted(all(combinations)), sorted(expected(slots, within)));
      }),
    );
  });

  it('are counted and reached though they are far too many to list', () => {
    const slots = Array.from({ length: 12 }, (_, index) => ({
      name: `${index}`,
      values: Array.from({ length: 10 }, (_, value) => `${value}`),
    }));
    const combinations = new Combinations(slots, []);
    assert.equal(combinations.size, 10n ** 12n);
    assert.equal(Object.values(combinations.at(123_456_789_012n) ?? {}).join(''), '123456789012');
  });

  it('of slots that hardly can differ are found by trying', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const slots = names.map((name) => ({ name, values: names }));
    const combinations = new Combinations(slots, [names.map((_, slot) => slot)]);
    assert.equal(combinations.size, 5040n);
  });

  it('have an upper bound where too many slots are to differ', () => {
    const values = Array.from({ length: 3000 }, (_, value) => `${value}`);
    const combinations = new Combinations(
      [
        { name: 'a', values },
        { name: 'b', values },
      ],
      [[0, 1]],
    );
    assert.equal(combinations.exact, false);
    assert.equal(combinations.size, 9_000_000n);
    assert.equal(combinations.at(0n), undefined);
    assert.deepEqual(combinations.at(1n), { a: '0', b: '1' });
    assert.deepEqual(combinations.at(3000n), { a: '1', b: '0' });
  });

  it('give up trying where slots can hardly, or cannot, differ', () => {
    const values = Array.from({ length: 19 }, (_, value) => `${value}`);
    const slots = Array.from({ length: 20 }, (_, index) => ({ name: `${index}`, values }));
    assert.equal(new Combinations(slots, [slots.map((_, index) => index)]).exact, false);
  });
});
