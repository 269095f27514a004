import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { audit, generated, token } from './answer.fixture.ts';
import { focusOf, given, type Row, summed, textOf, valuesOf, type Written } from './figures.ts';

const row = (scores: number[], bias: number, passed = true): Row => {
  const parts = scores.reduce((sum, score) => sum + score, 0);
  return {
    scores,
    bias,
    intercept: 0,
    target: {} as Row['target'],
    audit: audit({ parts, constant: bias, sum: parts + bias, logit: parts + bias + 1e-6, passed }),
  };
};

const written: Written = {
  prompt: [token(0, 'a'), token(1, ' b')],
  answer: [generated(2, ' c'), generated(3, ' d'), generated(4, ' e')],
  rows: [row([1, -2], 0.5), row([0.25, 4, -8], 1, false), undefined],
};

describe('What tokens of an answer come from together', () => {
  it('is the sum of their rows, of each position those that come after it', () => {
    const sum = summed(written, 0, 1);
    assert.deepEqual(sum?.scores, [1.25, 2, -8]);
    assert.equal(sum.bias, 1.5);
    assert.equal(sum.sum, 1 + -2 + 0.5 + (0.25 + 4 - 8 + 1));
    assert.ok(Math.abs(sum.explained - sum.sum - 2e-6) < 1e-12);
    assert.equal(sum.passed, false);
    assert.equal(summed(written, 0, 0)?.passed, true);
  });

  it('is not known until all of it has come', () => {
    assert.equal(summed(written, 1, 2), undefined);
    assert.equal(summed(written, 3, 3), undefined);
    assert.deepEqual(valuesOf(written, { direction: 'from', first: 4, last: 4 }), [null, null, null, null, null]);
  });
});

describe('What a token gives', () => {
  it('goes to those behind it alone, as far as they have come', () => {
    assert.deepEqual(given(written, { first: 1, last: 1 }), [-2, 4, null]);
    assert.deepEqual(given(written, { first: 2, last: 2 }), [null, -8, null]);
    assert.deepEqual(given(written, { first: 0, last: 1 }), [-1, 4.25, null]);
    assert.deepEqual(valuesOf(written, { direction: 'to', first: 1, last: 1 }), [null, null, -2, 4, null]);
  });
});

describe('What is looked at', () => {
  it('is what is chosen of an answer, as far as it is there', () => {
    assert.equal(focusOf({}, written, 'from'), undefined);
    assert.equal(focusOf({ position: 5 }, written, 'from'), undefined);
    assert.deepEqual(focusOf({ position: 3, end: 9 }, written, 'from'), { direction: 'from', first: 3, last: 4 });
    assert.deepEqual(focusOf({ position: 3, end: 2 }, written, 'to'), { direction: 'to', first: 3, last: 3 });
  });

  it('is of the prompt, or of the answer, and the prompt gives', () => {
    assert.deepEqual(focusOf({ position: 0, end: 4 }, written, 'from'), { direction: 'to', first: 0, last: 1 });
  });

  it('is a place in prompt and answer together', () => {
    assert.deepEqual(
      textOf(written).map(({ text }) => text),
      ['a', ' b', ' c', ' d', ' e'],
    );
  });
});
