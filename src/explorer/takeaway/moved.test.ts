import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { moved } from './moved.ts';

describe('The keys of the menu', () => {
  // Copy and download of three files, and a check box.
  const items = ['c1', 'd1', 'c2', 'd2', 'c3', 'd3', 'box'];
  for (const [from, key, to] of [
    ['c1', 'ArrowDown', 'c2'],
    ['d2', 'ArrowUp', 'd1'],
    ['c1', 'ArrowRight', 'd1'],
    ['d1', 'ArrowLeft', 'c1'],
    ['c3', 'ArrowDown', 'box'],
    ['box', 'ArrowDown', 'c1'],
    ['c1', 'ArrowUp', 'box'],
    ['c2', 'Home', 'c1'],
    ['c2', 'End', 'box'],
    ['nothing', 'ArrowDown', 'c1'],
    ['c1', 'x', undefined],
  ] as const)
    it(`lead by ${key} from ${from} to ${to}`, () => assert.equal(moved(items, from, key), to));
});
