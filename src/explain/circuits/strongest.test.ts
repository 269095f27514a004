import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { strongest } from './strongest.ts';

it('finds the strongest of many numbers as sorting them all would', () => {
  const numbers = fc.array(fc.integer({ min: -3, max: 12 }));
  fc.assert(
    fc.property(numbers, fc.nat(20), (values, count) => {
      const sorted = values
        .map((value, place) => ({ value, place }))
        .filter(({ value }) => value > 0)
        .sort((a, b) => b.value - a.value || a.place - b.place);
      assert.deepEqual(
        strongest(Float32Array.from(values), count),
        sorted.slice(0, count).map(({ place }) => place),
      );
    }),
  );
});
