import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTogether } from './read-together.ts';

describe('What is read together', () => {
  const recorded = (most: number) => {
    const asked: (readonly string[])[] = [];
    const of = readTogether(async (ids) => {
      asked.push(ids);
      return new Map(ids.filter((id) => id !== 'none').map((id) => [id, id.toUpperCase()] as const));
    }, most);
    return { asked, of };
  };

  it('is asked for in one query, each id once', async () => {
    const { asked, of } = recorded(10);
    assert.deepEqual(await Promise.all(['a', 'b', 'a', 'none'].map(of)), ['A', 'B', 'A', undefined]);
    assert.deepEqual(asked, [['a', 'b', 'none']]);
    assert.equal(await of('c'), 'C');
    assert.equal(asked.length, 2);
  });

  it('is asked for in several where there are more than one query takes', async () => {
    const { asked, of } = recorded(2);
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map(of)), ['A', 'B', 'C']);
    assert.deepEqual(asked, [['a', 'b'], ['c']]);
  });
});
