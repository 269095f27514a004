import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generated, token } from './answer.fixture.ts';
import { textOf } from './figures.ts';
import type { Traced } from './to-prompt.ts';
import { sharesCaption, sharesOf, shareWords, tracedCaption } from './traced.ts';

const written = {
  prompt: [token(0, 'a'), token(1, ' b')],
  answer: [generated(2, ' c'), generated(3, ' d'), generated(4, ' e')],
};
const text = textOf(written);
const traced: Traced = {
  rows: [{ scores: [0.25, 0.75] }, { scores: [0.5, 0.25] }, { scores: [0, 0.5] }],
  untraced: [0, 0.25, 0.5],
  whole: [0.25, 0.5],
  largest: 0.75,
};

describe('An answer traced back to its prompt', () => {
  it('has of each token its row, and of several the mean', () => {
    assert.deepEqual(sharesOf(written, traced, { direction: 'from', first: 3, last: 3 }), [
      0.5,
      0.25,
      null,
      null,
      null,
    ]);
    assert.deepEqual(sharesOf(written, traced, { direction: 'from', first: 3, last: 4 }), [
      0.25,
      0.375,
      null,
      null,
      null,
    ]);
  });

  it('has of the prompt what of each token of the answer comes from it, and nothing of the answer itself', () => {
    assert.deepEqual(sharesOf(written, traced, { direction: 'to', first: 1, last: 1 }), [null, null, 0.75, 0.25, 0.5]);
    assert.deepEqual(sharesOf(written, traced, { direction: 'to', first: 0, last: 1 }), [null, null, 1, 0.75, 0.5]);
    assert.deepEqual(sharesOf(written, traced, { direction: 'to', first: 2, last: 2 }), Array(5).fill(null));
  });

  it('says what cannot be traced', () => {
    assert.match(tracedCaption(written, traced), /^The whole answer comes from ' b' most, 50 % of it\./);
    assert.match(
      tracedCaption(written, traced),
      /untraced part, which is 25 % on average and largest for ' e': 50 %\.$/,
    );
    const whole = { ...traced, untraced: [0, 0, 0] };
    assert.match(tracedCaption(written, whole), /Each row sums to 100 %: nothing is untraced\.$/);
    const caption = (focus: Parameters<typeof sharesOf>[2]) =>
      sharesCaption(written, text, traced, focus, sharesOf(written, traced, focus));
    assert.equal(
      caption({ direction: 'from', first: 3, last: 3 }),
      "' d' comes from 'a' most, traced back to the prompt: 50 %; 25 % is untraced.",
    );
    assert.equal(
      caption({ direction: 'from', first: 3, last: 4 }),
      "2 tokens, ' d e' come from ' b' most, traced back to the prompt: 38 % on average; 38 % is untraced.",
    );
    assert.equal(caption({ direction: 'to', first: 1, last: 1 }), "' b' has its largest share in ' c': 75 %.");
    assert.equal(
      shareWords(written, text, { row: 1, column: 0, share: 0.5 }, traced),
      "50 % of what ' d' comes from, token 1 of the answer, is 'a'; 25 % is untraced",
    );
  });
});
