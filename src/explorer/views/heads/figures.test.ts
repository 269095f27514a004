import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { figuresOf, strongestHeads, sumOf, valueAt } from './figures.ts';

const heads = (...totals: number[]) => totals.map((total, head) => ({ head, total, direct: total / 2 }));
const passed = [0, 1, 2].map((layer) => ({ layer, provisional: { heads: [40 + layer, 50], mlp: -60 } }));
const attributed = [
  undefined,
  { layer: 1, heads: heads(1, -4), mlp: { direct: -9, total: 3 } },
  { layer: 2, heads: heads(-2, 0.5), mlp: null },
];

describe('Figures of the heads', () => {
  it('are final where the way down has been, provisional where only the way up was, and otherwise unknown', () => {
    const { rows, headCount, hasMlp } = figuresOf(4, 2, passed, attributed, 'total');
    assert.deepEqual(rows, [
      { layer: 0, state: 'provisional', heads: [40, 50], mlp: -60 },
      { layer: 1, state: 'final', heads: [1, -4], mlp: 3 },
      { layer: 2, state: 'final', heads: [-2, 0.5], mlp: null },
      { layer: 3, state: 'unknown', heads: [], mlp: null },
    ]);
    assert.deepEqual([headCount, hasMlp], [2, true]);
  });

  it('have one largest magnitude for both reaches, and another for what is provisional', () => {
    for (const reach of ['total', 'direct'] as const) {
      const { largest, largestProvisional } = figuresOf(4, 2, passed, attributed, reach);
      assert.deepEqual([largest, largestProvisional], [9, 60]);
    }
  });

  it('name the strongest heads by magnitude, of all layers or of one, never a provisional one', () => {
    const figures = figuresOf(3, 2, passed, attributed, 'total');
    assert.deepEqual(strongestHeads(figures, 2), [
      { layer: 1, head: 1, value: -4 },
      { layer: 2, head: 0, value: -2 },
    ]);
    assert.deepEqual(strongestHeads(figures, 5, 2), [
      { layer: 2, head: 0, value: -2 },
      { layer: 2, head: 1, value: 0.5 },
    ]);
    assert.deepEqual(strongestHeads(figures, 1, 0), []);
  });

  it('are found by layer and head; the MLP is no head', () => {
    const figures = figuresOf(4, 2, passed, attributed, 'direct');
    assert.equal(valueAt(figures, 1, 1), -2);
    assert.equal(valueAt(figures, 1, null), -9);
    assert.equal(valueAt(figures, 2, null), undefined);
    assert.equal(valueAt(figures, 3, 0), undefined);
  });

  it('sum up what heads and MLPs write', () => {
    assert.deepEqual(sumOf(figuresOf(3, 2, [], attributed, 'direct')), { heads: -2.25, mlps: -9 });
    assert.deepEqual(sumOf({ rows: [{ layer: 0, state: 'final', heads: [1], mlp: null }] }), { heads: 1, mlps: null });
  });
});
