import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contributionScale } from '../../drawing/colour.ts';
import { palettes } from '../../drawing/palette.ts';
import { stacked } from '../../drawing/stacked.ts';
import { toSvg } from '../../drawing/svg.ts';
import { figuresOf } from './figures.ts';
import { gridLayout } from './grid-layout.ts';
import { whole } from './map-layout.ts';
import { mapFrame, mapScene } from './map-scene.ts';
import { mapOf } from './maps.ts';
import { gridScene, headTable, mapTable } from './take.ts';

const attributed = [
  { layer: 0, heads: [{ head: 0, total: 1.25, direct: 0.5 }], mlp: { total: -2, direct: -1 } },
  { layer: 1, heads: [{ head: 0, total: -3, direct: -3 }], mlp: null },
];
const [total, direct] = (['total', 'direct'] as const).map((reach) => figuresOf(2, 1, [], attributed, reach));
assert.ok(total && direct);
const tokens = ['<b>', ' b', ' c'].map((text, position) => ({ text, position, special: false }));
const base64 = (values: number[]) => Buffer.from(Float32Array.from(values).buffer).toString('base64');
const moves = { shape: [1, 2, 3, 3], base64: base64([...Array(9).keys(), 10, 0, 0, 20, 30, 0, 40, 50, 60]) };
const pattern = { shape: [1, 3, 3], base64: base64([1, 0, 0, 0.5, 0.5, 0, 0.25, 0.25, 0.5]) };

describe('What is taken along of the heads', () => {
  it('is a table with the figures of every head and MLP', () => {
    assert.deepEqual(headTable(total, direct, 'logits').rows, [
      [0, 'head 0', 1.25, 0.5],
      [0, 'MLP', -2, -1],
      [1, 'head 0', -3, -3],
    ]);
  });

  it("is the head's own part of a tensor, as far as the target, with the weights of its pattern", () => {
    const { rows } = mapTable(mapOf(moves, 1, 2, pattern), '0.1', tokens, 'logits');
    assert.deepEqual(rows, [
      [0, '<b>', 0, '<b>', 10, 1],
      [1, ' b', 0, '<b>', 20, 0.5],
      [1, ' b', 1, ' b', 30, 0.5],
    ]);
  });

  it('is a picture of the grid and of the map below it, with labels and units, and prompt text as text', () => {
    const palette = palettes.light;
    const layout = gridLayout(490, 2, 1, true);
    const grid = gridScene(
      { figures: total, largest: 3, layout, what: 'total contribution', target: "' c'", unit: 'logits' },
      palette,
    );
    const map = mapOf(moves, 1, 3, pattern);
    const window = whole(3);
    const frame = mapFrame(490, window);
    const drawn = mapScene({
      map,
      tokens,
      window,
      frame,
      layer: 'moves',
      palette,
      scale: contributionScale(palette, 60),
    });
    const scene = stacked([{ scene: grid }, { title: 'Head 0.1', scene: drawn }], palette);
    assert.equal(scene.height, grid.height + 30 + drawn.height);
    const svg = toSvg(scene);
    for (const text of ['+1.25', '−2', '+3 logits', 'MLP', 'Head 0.1', '·b', '&lt;b&gt;'])
      assert.ok(svg.includes(`>${text}<`), text);
    const strongest = contributionScale(palette, 60)(60);
    assert.equal(svg.split(`fill="${strongest}"`).length - 1 > 0, true);
    // Attention is an outline, never a colour.
    const outlines = drawn.marks.filter((mark) => mark.type === 'rect' && mark.stroke);
    assert.equal(outlines.length, 6);
    assert.ok(
      outlines.every((mark) => mark.type === 'rect' && mark.fill === undefined && mark.stroke === palette.muted),
    );
  });
});
