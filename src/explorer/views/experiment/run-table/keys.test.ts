import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { movedTo } from './keys.ts';

const size = { rows: 40, columns: 5 };
const from = { row: 3, column: 2 };
const press = (key: string, at = from, ctrlKey = false) => movedTo({ key, ctrlKey, metaKey: false }, at, size);

describe('The keys of a grid', () => {
  it('go to the neighbours, and not beyond the edge', () => {
    assert.deepEqual(press('ArrowUp'), { row: 2, column: 2 });
    assert.deepEqual(press('ArrowRight'), { row: 3, column: 3 });
    assert.equal(press('ArrowUp', { row: 0, column: 0 }), undefined);
    assert.equal(press('ArrowRight', { row: 3, column: 4 }), undefined);
  });

  it('go to the ends of a row, of the grid, and by pages', () => {
    assert.deepEqual(press('End'), { row: 3, column: 4 });
    assert.deepEqual(press('Home', from, true), { row: 0, column: 0 });
    assert.deepEqual(press('End', from, true), { row: 39, column: 4 });
    assert.deepEqual(press('PageUp'), { row: 0, column: 2 });
    assert.deepEqual(press('PageDown'), { row: 13, column: 2 });
  });

  it('leave other keys alone', () => {
    assert.equal(press('a'), undefined);
  });
});
