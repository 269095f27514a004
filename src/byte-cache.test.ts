import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteCache } from './byte-cache.ts';

describe('a cache of so many bytes', () => {
  const held = (cache: ByteCache<string>) => ['a', 'b', 'c', 'd'].filter((key) => cache.get(key) !== undefined);

  it('forgets what was used least recently, and no more than it has to', () => {
    const cache = new ByteCache<string>(10);
    for (const key of ['a', 'b', 'c']) cache.set(key, key.toUpperCase(), 3);
    assert.equal(cache.get('a'), 'A');
    cache.set('d', 'D', 4);
    assert.deepEqual(held(cache), ['a', 'c', 'd']);
  });

  it('keeps nothing that is larger than all may be, and nothing else goes for it', () => {
    const cache = new ByteCache<string>(10);
    cache.set('a', 'A', 10);
    cache.set('b', 'B', 11);
    assert.deepEqual(held(cache), ['a']);
  });

  it('has room again for what was set anew or deleted', () => {
    const cache = new ByteCache<string>(10);
    cache.set('a', 'A', 9);
    cache.set('a', 'A', 2);
    cache.set('b', 'B', 8);
    assert.deepEqual(held(cache), ['a', 'b']);
    cache.delete('b');
    cache.delete('b');
    cache.set('c', 'C', 8);
    assert.deepEqual(held(cache), ['a', 'c']);
  });

  it('deletes all of a prefix', () => {
    const cache = new ByteCache<string>(10);
    for (const key of ['a', 'ab', 'b']) cache.set(key, key, 5 - key.length);
    cache.deleteAll('a');
    cache.set('c', 'c', 6);
    assert.deepEqual(held(cache), ['b', 'c']);
  });
});
