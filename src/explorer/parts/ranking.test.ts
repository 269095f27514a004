import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { barOf, isMeant, ranked } from './ranking.ts';

describe('a ranked table', () => {
  const rows = [{ value: 1 }, { value: -3 }, { value: null }, { value: 2 }];
  const of = ({ value }: { value: number | null }) => value;

  it('has contributions by magnitude, and places ascending; what has none comes last', () => {
    assert.deepEqual(ranked(rows, { of }).map(of), [-3, 2, 1, null]);
    assert.deepEqual(ranked(rows, { of, place: true }).map(of), [-3, 1, 2, null]);
  });

  it('keeps the order of what is equal', () => {
    const equal = [{ value: -2 }, { value: 2 }, { value: -2 }];
    assert.deepEqual(ranked(equal, { of }), equal);
  });

  it('draws bars from the middle, to the right for the target and to the left against it', () => {
    assert.deepEqual(barOf(2, 4), { left: 50, width: 25, isFor: true });
    assert.deepEqual(barOf(-4, 4), { left: 0, width: 50, isFor: false });
    assert.deepEqual(barOf(0, 0), { left: 50, width: 0, isFor: true });
  });

  it('emphasises rows that agree with the choice in all that they share with it', () => {
    assert.equal(isMeant({ layer: 2, position: 5 }, { layer: 2 }), true);
    assert.equal(isMeant({ layer: 2, position: 5 }, { layer: 2, position: 4 }), false);
    assert.equal(isMeant({ layer: 2, head: 1 }, { layer: 2 }), true);
    assert.equal(isMeant({ layer: 2 }, { position: 4 }), false);
    assert.equal(isMeant({}, { layer: 2 }), false);
  });

  it('does not take the MLP of a layer for the head of it that is chosen', () => {
    assert.equal(isMeant({ layer: 2 }, { layer: 2, head: 1 }), false);
    assert.equal(isMeant({ layer: 2, head: 1 }, { layer: 2, head: 1 }), true);
  });
});
