import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shortened } from './shortened.ts';
import { ago } from './time.ts';

describe('A long text', () => {
  it('loses its middle, and keeps how it begins and ends', () => {
    const text = `When Mary and John ${'went to the store '.repeat(20)}John gave a drink to`;
    const short = shortened(text, 40);
    assert.ok(Array.from(short).length <= 40, short);
    assert.match(short, /^When Mary and( John)? … .*gave a drink to$/);
  });

  it('that fits is as it is, on one line', () => {
    assert.equal(shortened('one\n  two ', 40), 'one ⏎ two');
  });

  it('is not cut within a character', () => {
    assert.equal(shortened('🙂'.repeat(10), 7), '🙂🙂 … 🙂🙂');
  });
});

describe('A moment', () => {
  const now = Date.parse('2026-11-30T12:00:00Z');
  for (const [moment, said] of [
    ['2026-11-30T12:00:03Z', 'just now'],
    ['2026-11-30T11:59:01Z', 'just now'],
    ['2026-11-30T11:56:00Z', '4 min ago'],
    ['2026-11-30T09:00:00Z', '3 h ago'],
    ['2026-11-29T11:00:00Z', 'yesterday'],
    ['2026-11-25T11:00:00Z', '5 days ago'],
  ] as const)
    it(`is said as ${said}`, () => assert.equal(ago(moment, now), said));
});
