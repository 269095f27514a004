import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Spread } from './spread.ts';

describe('a spread', () => {
  const ofFirst = (count: number, most: number) => {
    const spread = new Spread<number>(most);
    for (let item = 0; item < count; item++) spread.add(item);
    return spread.items;
  };

  it('is all where there are few', () => {
    assert.deepEqual(ofFirst(5, 5), [0, 1, 2, 3, 4]);
    assert.deepEqual(ofFirst(0, 5), []);
  });

  it('is at equal distances from the first on, and more than half of what it may be', () => {
    for (const count of [6, 7, 100, 1001, 4096]) {
      const items = ofFirst(count, 10);
      assert.ok(items.length > 5 && items.length <= 10, `${items.length} of ${count}`);
      const stride = (items[1] ?? 0) - (items[0] ?? 0);
      assert.deepEqual(
        items,
        items.map((_, index) => index * stride),
      );
      assert.ok(count - (items.at(-1) ?? 0) <= stride, 'to the end');
    }
  });
});
