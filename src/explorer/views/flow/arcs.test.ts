import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { depth, followed, token } from '../../../../test/support/flow-figures.ts';
import { arcPath, carriedBy, distanceTo, headsCarrying, strongest } from './arcs.ts';
import { geometryOf, positionX, rowY } from './geometry.ts';
import { defaultCount, drawnMoves } from './moves.ts';

const mary = token(' Mary', 1);
const move = (layer: number, score: number) => ({
  layer,
  head: 0,
  from: { position: 0 },
  to: { position: 2 },
  weight: 0.5,
  score,
});

describe('the arcs of what attention carries', () => {
  it('are the fewest that carry 80 % to other positions', () => {
    const block = depth(3, { followed: [followed(mary, [0, 0.9, 0.5, 0.5, 0], [[0, 90, 6, 3, 1]])] });
    assert.deepEqual(
      carriedBy(block).map(({ layer, index, from, to, amount }) => [layer, index, from, to, amount]),
      [
        [3, 0, 1, 2, 6],
        [3, 0, 1, 3, 3],
      ],
    );
  });

  it('are no more than six of a token and a block', () => {
    const even = Array.from({ length: 40 }, () => 1);
    assert.equal(carriedBy(depth(0, { followed: [followed(mary, even), followed(mary, even)] })).length, 12);
  });

  it('name the heads, the one that carried the most first', () => {
    const carried = headsCarrying(
      followed(
        mary,
        [0, 0, 0],
        [
          [0, 0, 2],
          [9, 9, 1],
          [0, 0, 5],
        ],
      ),
      2,
    );
    assert.deepEqual(carried, [
      { head: 2, amount: 5 },
      { head: 0, amount: 2 },
      { head: 1, amount: 1 },
    ]);
  });

  it('run from the row below a block to the row above it', () => {
    const geometry = geometryOf({ width: 740, positions: 14, layerCount: 4, zoom: 1, offset: 0, longest: 6 });
    const ends = { layer: 1, from: 2, to: 9 };
    const [start, end] = [
      [positionX(geometry, 2), rowY(geometry, 1)],
      [positionX(geometry, 9), rowY(geometry, 2) + geometry.cell],
    ] as const;
    const numbers = (arcPath(geometry, ends).match(/[\d.]+/g) ?? []).map(Number);
    assert.deepEqual(
      [numbers.slice(0, 2), numbers.slice(-2)],
      [start, end].map(([x, y]) => [Math.round(x * 10) / 10, y]),
    );
    for (const [x, y] of [start, end]) assert.ok(distanceTo(geometry, ends, x, y) < 0.01);
    assert.ok(distanceTo(geometry, ends, start[0], end[1]) > 20);
  });
});

describe('the moves that matter', () => {
  const edges = [move(0, 8), move(1, -6), move(1, 4), move(0, 1), move(1, -1)];

  it('are at first the fewest with 80 % of the magnitude, and no more than 40', () => {
    assert.equal(defaultCount(edges), 3);
    assert.equal(defaultCount(Array.from({ length: 1000 }, () => move(0, 1))), 40);
    assert.equal(defaultCount([]), 0);
  });

  it('leave the rest of each block: all that it moves, less what is drawn', () => {
    const drawn = drawnMoves(edges, [10, -2.5], 3);
    assert.deepEqual(drawn.byLayer, [[edges[0]], [edges[1], edges[2]]]);
    assert.deepEqual(drawn.rest, [2, -0.5]);
    assert.deepEqual([drawn.count, drawn.known, drawn.part, drawn.largest], [3, 5, 18 / 20, 8]);
  });

  it('are none where nothing is to be drawn', () => {
    const { byLayer, rest, part } = drawnMoves(edges, [10, -2.5], 0);
    assert.deepEqual([byLayer, rest, part], [[[], []], [10, -2.5], 0]);
  });
});

describe('the strongest', () => {
  it('is chosen by magnitude, whatever the sign', () => {
    assert.deepEqual(
      strongest([1, -5, 3, 0], (value) => value, 0.8, 9),
      [-5, 3],
    );
  });

  it('is nothing where there is nothing but zeros', () => {
    assert.deepEqual(
      strongest([0, 0], (value) => value, 0.8, 9),
      [],
    );
  });
});
