import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ablationCaption, copyingWords, gridCaption, headCaption, moveWords, tokenName } from './words.ts';

const tokens = ['When', ' Mary', ' and', ' John', ' to', ' John', ' to'].map((text, position) => ({
  text,
  position,
  special: false,
}));
const target = { name: "' Mary'", value: 'logit', unit: 'logits' };

describe('Words about heads', () => {
  it('name a token by its place where its text stands in the prompt more than once', () => {
    assert.equal(tokenName(tokens[1] as (typeof tokens)[0], tokens), "' Mary'");
    assert.equal(tokenName(tokens[5] as (typeof tokens)[0], tokens), "' John' at 5");
  });

  it('say who reads whom: `to` attends, `from` is read', () => {
    const move = { to: 6, from: 1, score: 2.3, weight: 0.83 };
    assert.equal(moveWords(move, "' Mary'", tokens), "' to' at 6 reads ' Mary': weight 0.83, +2.3 to ' Mary'");
    const self = { to: 2, from: 2, score: -1, weight: 0.5 };
    assert.equal(moveWords(self, "' Mary'", tokens), "' and' reads itself: weight 0.5, −1 to ' Mary'");
  });

  it('say what a head brings or takes, and by which move', () => {
    const head = { layer: 2, head: 1, value: 2.3 };
    assert.equal(
      headCaption(head, { to: 6, from: 1, score: 2.1, weight: 0.8 }, "' Mary'", tokens),
      "Head 1 of layer 2 brings +2.3 to ' Mary', most by reading ' Mary' from ' to' at 6 (+2.1).",
    );
    assert.equal(
      headCaption({ ...head, value: -7 }, { to: 2, from: 2, score: -6, weight: 1 }, "' Mary'", tokens),
      "Head 1 of layer 2 takes 7 from ' Mary', most by reading ' and' from where it stands (−6).",
    );
    assert.equal(
      headCaption(head, { to: 4, from: 3, score: -5, weight: 1 }, "' Mary'", tokens),
      "Head 1 of layer 2 brings +2.3 to ' Mary'; its strongest move, reading ' John' at 3 from ' to' at 4, does the opposite (−5).",
    );
    assert.equal(
      headCaption({ ...head, value: 0 }, undefined, "' Mary'", tokens),
      "Head 1 of layer 2 brings 0 to ' Mary'.",
    );
  });

  it('say of the grid which head matters most, and of direct figures what all write together', () => {
    const heads = [
      { layer: 0, head: 2, value: 8.05 },
      { layer: 3, head: 1, value: -7.17 },
    ];
    assert.equal(
      gridCaption(heads, undefined, target),
      "Of all heads, head 2 of layer 0 matters most: it brings +8.05 logits to ' Mary', then head 3.1 (−7.17).",
    );
    assert.equal(
      gridCaption(heads.slice(1), { heads: -1.2, mlps: 19.5 }, target),
      "Of all heads, head 1 of layer 3 matters most: it takes 7.17 logits from ' Mary' by what it writes straight to the logit. All heads together write −1.2, all MLPs +19.5.",
    );
  });

  it('set what is measured beside what is attributed', () => {
    const drop = { layer: 2, head: 1, total: 2.9, drop: 3.1 };
    assert.equal(
      ablationCaption(drop, 'ZERO', target),
      "Taking head 1 of layer 2 out costs ' Mary' 3.1 logits; its attribution says +2.9.",
    );
    assert.equal(
      ablationCaption({ ...drop, head: null, drop: -1 }, 'MEAN', target),
      "Putting its mean in the place of the MLP of layer 2 gives ' Mary' 1 more logits; its attribution says +2.9.",
    );
  });

  it('tell what copies from what suppresses copies', () => {
    assert.match(copyingWords(0.9), /raises .* copies/);
    assert.match(copyingWords(-0.9), /lowers .* suppresses/);
    assert.match(copyingWords(0.05), /neither/);
  });
});
