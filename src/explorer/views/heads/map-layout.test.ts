import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { around, binOf, cellsIn, type HeadMap, panned, showing, strongestMoves, whole, zoomed } from './map-layout.ts';

/** Causal: nothing is read from what comes after. */
const maps = fc.integer({ min: 1, max: 60 }).chain((length) =>
  fc
    .array(fc.integer({ min: -50, max: 50 }), { minLength: length ** 2, maxLength: length ** 2 })
    .map((numbers): HeadMap => {
      const scores = Float32Array.from(numbers, (value, at) => (at % length <= Math.floor(at / length) ? value : 0));
      return { length, scores, weights: scores.map((value) => Math.abs(value) / 50) };
    }),
);
const windows = (length: number) =>
  fc
    .record({ to: fc.nat(length - 1), from: fc.nat(length - 1), span: fc.integer({ min: 1, max: length }) })
    .map(({ to, from, span }) => panned({ to, from, span }, 0, 0, length));

describe('The map of a head', () => {
  it('draws of every few cells the strongest, by its own figures, and none that comes after', () => {
    fc.assert(
      fc.property(
        maps.chain((map) => fc.tuple(fc.constant(map), windows(map.length))),
        fc.integer({ min: 20, max: 300 }),
        ([map, window], side) => {
          const bin = binOf(window.span, side);
          const cells = cellsIn(map, window, side, 'score');
          for (const { to, from, score, weight, row, column } of cells) {
            assert.ok(from <= to && score === map.scores[to * map.length + from]);
            assert.equal(weight, map.weights?.[to * map.length + from]);
            assert.deepEqual(
              [row, column],
              [Math.floor((to - window.to) / bin), Math.floor((from - window.from) / bin)],
            );
          }
          const inside = (to: number, from: number) =>
            to >= window.to && to < window.to + window.span && from >= window.from && from < window.from + window.span;
          let largest = 0;
          for (let to = 0; to < map.length; to++)
            for (let from = 0; from <= to; from++)
              if (inside(to, from)) largest = Math.max(largest, Math.abs(map.scores[to * map.length + from] ?? 0));
          assert.equal(Math.max(0, ...cells.map(({ score }) => Math.abs(score))), largest);
          assert.ok(side / Math.ceil(window.span / bin) >= 4 || window.span === 1);
        },
      ),
    );
  });

  it('names the strongest moves as a sort of all would', () => {
    fc.assert(
      fc.property(maps, fc.integer({ min: 1, max: 12 }), (map, count) => {
        const all = Array.from(map.scores, Math.abs)
          .filter((size) => size > 0)
          .sort((one, other) => other - one);
        const found = strongestMoves(map, count);
        assert.deepEqual(
          found.map(({ score }) => Math.abs(score)),
          all.slice(0, count),
        );
        for (const { to, from, score } of found) assert.equal(score, map.scores[to * map.length + from]);
      }),
    );
  });

  it('keeps its window within the prompt, however it is zoomed and moved', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }).chain((length) => fc.tuple(fc.constant(length), windows(length))),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        fc.integer({ min: -700, max: 700 }),
        fc.integer({ min: -700, max: 700 }),
        ([length, window], factor, down, across) => {
          for (const { to, from, span } of [
            zoomed(window, factor, window.to + window.span / 2, window.from, length),
            panned(window, down, across, length),
            around({ to: window.to, from: window.from }, length),
          ])
            assert.ok(to >= 0 && from >= 0 && span >= 1 && to + span <= length && from + span <= length);
        },
      ),
    );
  });

  it('zooms around a point that stays where it is', () => {
    const near = zoomed(whole(500), 2, 300, 100, 500);
    assert.deepEqual(near, { to: 150, from: 50, span: 250 });
    assert.deepEqual(zoomed(near, 0.5, 300, 100, 500), whole(500));
    assert.equal(zoomed(whole(500), 1000, 0, 0, 500).span, 8);
  });

  it('begins with the whole of a short prompt, and with what lies around the strongest move of a long one', () => {
    assert.deepEqual(around({ to: 13, from: 2 }, 14), whole(14));
    const { to, from, span } = around({ to: 499, from: 3 }, 500);
    assert.ok(to + span === 500 && from === 0 && span < 40);
  });

  it('moves no further than it must to show a cell', () => {
    const window = { to: 100, from: 50, span: 20 };
    assert.deepEqual(showing(window, { to: 110, from: 60 }, 500), window);
    assert.deepEqual(showing(window, { to: 120, from: 10 }, 500), { to: 101, from: 10, span: 20 });
  });
});
