import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { audit } from './audit.ts';

/** Products that a logit is a sum of, then as many again that all but cancel them. */
const products = fc
  .tuple(fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 50 }), fc.nat())
  .map(([half, shift]) => [...half, ...half.map((value, index) => -value * (1 + ((index * 7 + shift) % 11) * 1e-6))]);

/** As float32 adds up, in this order. */
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => Math.fround(sum + Math.fround(value)), 0);
const magnitudeOf = (values: readonly number[]) => values.reduce((sum, value) => sum + Math.abs(value), 0);

describe('the audit', () => {
  it('lets rounding pass, however small what is left of large products', () => {
    fc.assert(
      fc.property(products, (values) => {
        const magnitude = magnitudeOf(values);
        assert.ok(audit(sumOf(values), [sumOf(values.toReversed())], magnitude).passed);
        assert.ok(audit(sumOf(values), [sumOf(values.toSorted((a, b) => a - b))], magnitude).passed);
      }),
    );
  });

  it('lets no error pass that is as large as one of the products', () => {
    fc.assert(
      fc.property(products, (values) => {
        const largest = Math.max(...values.map(Math.abs));
        fc.pre(largest > 1e-30);
        const logit = sumOf(values);
        assert.ok(!audit(logit, [logit - largest], magnitudeOf(values)).passed);
      }),
    );
  });
});
