import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { depth, flow, followed, said, token } from '../../../../test/support/flow-figures.ts';
import { influenceScale } from '../../drawing/colour.ts';
import { hueOf, palettes } from '../../drawing/palette.ts';
import type { Mark } from '../../drawing/scene.ts';
import { wrapped } from '../../drawing/wrapped.ts';
import type { Flow } from './figures.ts';
import { geometryOf, positionX, rowY } from './geometry.ts';
import { rowMarks } from './rows.ts';
import { sceneOf } from './scene.ts';
import { shareScale } from './shades.ts';
import { isNamed, sideMarks } from './sides.ts';
import { type Sketch, scalesOf } from './sketch.ts';

const palette = palettes.light;
const [mary, to] = [token(' Mary', 1), token(' to', 2)];

function sketchOf(figures: Flow, parts: Partial<Sketch> = {}): Sketch {
  const { layerCount, tokens } = figures;
  const geometry = geometryOf({ width: 740, positions: tokens.length, layerCount, zoom: 1, offset: 0, longest: 5 });
  const depths = figures.depths.length;
  return {
    geometry,
    palette,
    flow: figures,
    depth: depths,
    shown: 'flows',
    moves: undefined,
    scales: scalesOf(figures),
    ...parts,
  };
}

type Rect = Extract<Mark, { type: 'rect' }>;
const filled = (marks: readonly Mark[]) => marks.filter((mark): mark is Rect => mark.type === 'rect' && !!mark.fill);

describe('a cell of the flow', () => {
  it('is a lane a followed token, each in its own hue by its own share', () => {
    const block = depth(0, { followed: [followed(mary, [0, 0.4, 0.1]), followed(to, [0, 0, 0.9])] });
    const sketch = sketchOf(flow([block], { followed: [mary, to] }));
    const x = positionX(sketch.geometry, 2);
    const y = rowY(sketch.geometry, 1);
    const lanes = filled(rowMarks(sketch, 1).inside).filter(
      (mark) => mark.x <= x && mark.x + mark.width >= x && mark.y >= y && mark.y < y + sketch.geometry.cell,
    );
    assert.deepEqual(
      lanes.map(({ fill, height }) => [fill, height]),
      [
        [shareScale(palette, 0)(0.1), sketch.geometry.cell / 2],
        [shareScale(palette, 1)(0.9), sketch.geometry.cell / 2],
      ],
    );
    assert.notEqual(lanes[0]?.fill, lanes[1]?.fill);
  });

  it('says its share where there is room', () => {
    const block = depth(0, { followed: [followed(mary, [0.01, 0.414, -0.2])] });
    const texts = rowMarks(sketchOf(flow([block])), 1).inside.flatMap((mark) =>
      mark.type === 'text' ? [mark.text] : [],
    );
    assert.deepEqual(texts, ['41 %', '−20 %']);
  });

  it('is hollow below 0', () => {
    const block = depth(0, { followed: [followed(mary, [0, 0.5, -0.2])] });
    const hollow = rowMarks(sketchOf(flow([block])), 1).inside.filter((mark) => mark.type === 'rect' && mark.stroke);
    assert.deepEqual(
      hollow.map((mark) => 'stroke' in mark && mark.stroke),
      [hueOf(palette, 0)],
    );
  });

  it('of a run shows the share that is largest', () => {
    const tokens = Array.from({ length: 512 }, (_, position) => token('a', position));
    const share = tokens.map((_, position) => (position === 300 ? 0.8 : 0.1));
    const figures = flow([depth(0, { followed: [followed(mary, share)] })], { tokens });
    const shades = new Set(filled(rowMarks(sketchOf(figures), 1).inside).map(({ fill }) => fill));
    assert.ok(shades.has(shareScale(palette, 0)(0.8)));
  });

  it('is an empty outline as long as its block is still to come', () => {
    const sketch = sketchOf(flow([depth(0, { followed: [followed(mary, [0, 1, 0])] })], { layerCount: 3 }));
    for (const row of [2, 3]) {
      const { inside, beside } = rowMarks(sketch, row);
      assert.equal(inside.length, 3);
      assert.ok(inside.every((mark) => mark.type === 'rect' && mark.stroke && !mark.fill));
      assert.deepEqual(beside, []);
    }
  });

  it('of the embedding shows where the followed tokens come in', () => {
    const cells = filled(rowMarks(sketchOf(flow([depth(0)])), 0).inside);
    assert.deepEqual(
      cells.map(({ fill }) => fill),
      [palette.faint, hueOf(palette, 0), palette.faint],
    );
  });
});

describe('the shade of a share', () => {
  it('goes from nothing to the whole hue, and never back', () => {
    const scale = shareScale(palette, 2);
    const ramp = influenceScale(palette, hueOf(palette, 2));
    assert.deepEqual([scale(0), scale(-0.3), scale(1), scale(1.4)], [ramp(0), ramp(0), ramp(1), ramp(1)]);
    assert.equal(scale(0.25), ramp(0.5), 'by the square root');
  });
});

describe('the lens beside the rows', () => {
  const depths = [said('a', 0.1), said('b', 0.2), said('b', 0.3), said('c', 0.4), said('d', 0.5)].map((says, layer) =>
    depth(layer, { says: { ...says, token: { ...says.token, tokenId: says.token.text.charCodeAt(0) } } }),
  );

  it('says the likeliest token and its probability at every block that is passed', () => {
    const texts = sideMarks(sketchOf(flow(depths, { layerCount: 6 }))).flatMap((mark) =>
      mark.type === 'text' ? [mark.text] : [],
    );
    for (const text of ['a', '10 %', 'd', '50 %', 'input', '0', '5']) assert.ok(texts.includes(text), text);
  });

  it('of rows that are close names the last, and those where another comes first, some way apart', () => {
    const named = (apart: number) => [...depths.keys()].filter((layer) => isNamed(depths, layer, apart));
    assert.deepEqual(named(1), [0, 1, 3, 4]);
    assert.deepEqual(named(2), [0, 4]);
  });
});

describe('the picture to take along', () => {
  it('has its title and its legend in as many lines as they need', () => {
    const text = "After layer 1, 41 % of the stream comes from ' Mary'";
    assert.deepEqual(wrapped(text, 740, 14), [text]);
    const lines = wrapped(text, 300, 14);
    assert.ok(lines.length > 1 && lines.every((line) => line.length * 14 * 0.6 <= 300), lines.join('\n'));
    assert.equal(lines.join(' '), text);
  });

  it('has every cell that the screen has, its title and its legend, and nothing outside', () => {
    const sketch = sketchOf(flow([depth(0, { followed: [followed(mary, [0, 0.5, 0.2])] })]));
    const { marks, width, height } = sceneOf(sketch, 'Of this prompt', ['A legend']);
    const texts = marks.flatMap((mark) => (mark.type === 'text' ? [mark.text] : []));
    for (const text of ['Of this prompt', 'A legend', '50 %', '20 %', 'When', '·Mary', '·to'])
      assert.ok(texts.includes(text), text);
    for (const mark of marks)
      if (mark.type === 'rect' || mark.type === 'text')
        assert.ok(mark.x >= 0 && mark.x <= width && mark.y >= 0 && mark.y <= height, JSON.stringify(mark));
  });
});
