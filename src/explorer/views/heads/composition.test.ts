import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compositionsOf, medianScore } from './composition.ts';

const [layers, heads] = [3, 2];
/** [fromLayer, fromHead, toLayer, toHead]: each score names its indices, as digits. */
const values = Float64Array.from({ length: (layers * heads) ** 2 }, (_, at) => {
  const [from, to] = [Math.floor(at / (layers * heads)), at % (layers * heads)];
  const [fromLayer, toLayer] = [Math.floor(from / heads), Math.floor(to / heads)];
  return fromLayer < toLayer ? fromLayer * 1000 + (from % heads) * 100 + toLayer * 10 + (to % heads) : 0;
});
const scores = { shape: [layers, heads, layers, heads], values };

describe('Composition of heads', () => {
  it('has the earlier heads that a head reads, and the later ones that read it, strongest first', () => {
    assert.deepEqual(compositionsOf(scores, 1, 1, 5), {
      earlier: [
        { layer: 0, head: 1, score: 111 },
        { layer: 0, head: 0, score: 11 },
      ],
      later: [
        { layer: 2, head: 1, score: 1121 },
        { layer: 2, head: 0, score: 1120 },
      ],
    });
  });

  it('has none earlier than the first layer and none later than the last, and no more than are asked for', () => {
    assert.deepEqual(compositionsOf(scores, 0, 0, 5).earlier, []);
    assert.deepEqual(compositionsOf(scores, 2, 1, 5).later, []);
    assert.deepEqual(compositionsOf(scores, 2, 1, 1).earlier, [{ layer: 1, head: 1, score: 1121 }]);
  });

  it('is compared with the median of all pairs of an earlier and a later head', () => {
    const pairs = [...values].filter((_, at) => Math.floor(at / 12) < Math.floor((at % 6) / 2)).sort((a, b) => a - b);
    assert.equal(pairs.length, 12);
    assert.equal(medianScore(scores), pairs[6]);
  });
});
