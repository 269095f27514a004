import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apartFromStronger, beside, cellAt, gridLayout } from './grid-layout.ts';

describe('The grid of heads', () => {
  it('fits into the width that there is, with all cells apart, from a phone to 32 × 32 heads and more', () => {
    for (const width of [326, 490, 760])
      for (const [layers, heads] of [
        [4, 6],
        [32, 32],
        [48, 25],
        [80, 64],
        [1, 1],
      ] as const)
        for (const hasMlp of [true, false]) {
          const layout = gridLayout(width, layers, heads, hasMlp);
          const last = cellAt(layout, layers, layers - 1, hasMlp ? null : heads - 1);
          assert.ok(last.x + last.width <= width, `${layers} × ${heads} in ${width}`);
          const [one, next] = [cellAt(layout, layers, 0, 0), cellAt(layout, layers, 0, 1)];
          assert.ok(one.x + one.width < next.x && one.width >= 2.5 && one.height >= 4);
          assert.ok(one.y + one.height < layout.height);
        }
  });

  it('grows upwards, and has its MLPs apart at the right', () => {
    const layout = gridLayout(490, 4, 6, true);
    assert.ok(cellAt(layout, 4, 3, 0).y < cellAt(layout, 4, 0, 0).y);
    const [lastHead, mlp] = [cellAt(layout, 4, 0, 5), cellAt(layout, 4, 0, null)];
    assert.ok(mlp.x - (lastHead.x + lastHead.width) > 10 && mlp.width > lastHead.width);
  });

  it('has figures in its cells where they fit, and fewer numbers at its sides where they do not', () => {
    assert.equal(gridLayout(490, 4, 6, true).hasText, true);
    const many = gridLayout(490, 48, 25, true);
    assert.equal(many.hasText, false);
    assert.ok(many.layerStep > 1 && many.headStep > 1);
  });

  it('is walked by arrow keys as it is seen, and ends at its borders', () => {
    const grid = { layerCount: 4, headCount: 6, hasMlp: true };
    assert.deepEqual(beside('ArrowUp', { layer: 0, head: 2 }, grid), { layer: 1, head: 2 });
    assert.deepEqual(beside('ArrowRight', { layer: 0, head: 5 }, grid), { layer: 0, head: null });
    assert.deepEqual(beside('ArrowLeft', { layer: 0, head: null }, grid), { layer: 0, head: 5 });
    assert.deepEqual(beside('Home', { layer: 2, head: null }, grid), { layer: 2, head: 0 });
    assert.deepEqual(beside('End', { layer: 2, head: 0 }, { ...grid, hasMlp: false }), { layer: 2, head: 5 });
    for (const [key, at] of [
      ['ArrowDown', { layer: 0, head: 0 }],
      ['ArrowUp', { layer: 3, head: 0 }],
      ['ArrowLeft', { layer: 0, head: 0 }],
      ['ArrowRight', { layer: 0, head: null }],
      ['a', { layer: 1, head: 1 }],
    ] as const)
      assert.equal(beside(key, at, grid), undefined, key);
  });

  it('names no head where a stronger one has its name', () => {
    const [strongest, near, below, far] = [
      { x: 10, y: 0 },
      { x: 60, y: 0 },
      { x: 60, y: 20 },
      { x: 300, y: 0 },
    ];
    assert.deepEqual(apartFromStronger([strongest, near, below, far]), [strongest, below, far]);
  });
});
