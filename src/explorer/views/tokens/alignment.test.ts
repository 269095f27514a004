import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparisonCaption, isSameTarget, pairRows, sameTokens } from './alignment.ts';
import { answerWith, tokenOf } from './answers.fixture.ts';
import { scoresOf, sharesOf } from './measure.ts';

const tokens = ['a', ' b', ' c'].map((text, position) => tokenOf(text, position));
const rows = (unit: string, other: string) =>
  [
    { label: 'one', figures: scoresOf([{ score: 1 }, { score: -2 }, { score: 0.5 }], unit, 4) },
    { label: 'other', figures: scoresOf([{ score: 3 }, { score: -2 }, { score: -0.5 }], other, 6) },
  ] as const;

describe('two answers side by side', () => {
  it('stand token under token where they read the same', () => {
    assert.equal(
      sameTokens(
        tokens,
        tokens.map((token) => ({ ...token })),
      ),
      true,
    );
    assert.equal(sameTokens(tokens, tokens.slice(1)), false);
    assert.equal(sameTokens(tokens, [...tokens.slice(0, 2), tokenOf(' d', 2)]), false);
  });

  it('are drawn on one scale, with the second less the first below', () => {
    const [one, other, difference] = pairRows(...rows('logits', 'logits'));
    assert.deepEqual([one?.figures?.largest, other?.figures?.largest], [6, 6]);
    assert.deepEqual(difference?.figures?.values, [2, 0, -1]);
    assert.equal(difference?.plain, true);
  });

  it('are not subtracted from one another where they count different things', () => {
    const pair = pairRows(...rows('logits', 'of the attention'));
    assert.deepEqual(
      pair.map(({ figures }) => figures?.largest),
      [4, 6],
    );
  });

  it('can be compared by their shares whatever they count, a share that there is not excepted', () => {
    const shares = [
      { share: 0.5, textShare: null },
      { share: -0.5, textShare: 1 },
    ];
    const [one, other] = [sharesOf(shares, 'textShare', 'logits'), sharesOf(shares, 'textShare', 'of the attention')];
    const [, , difference] = pairRows({ label: 'one', figures: one }, { label: 'other', figures: other });
    assert.deepEqual(difference?.figures?.values, [null, 0]);
  });

  it('are said to differ where they do most', () => {
    const one = answerWith([
      [' John', 1],
      [' Mary', 5],
      [' John', -2],
    ]);
    const other = answerWith(
      [
        [' John', 1],
        [' Mary', 4],
        [' John', 3],
      ],
      { method: 'GRADIENT' },
    );
    const names = ['FROZEN', 'GRADIENT'] as const;
    assert.equal(
      comparisonCaption(one, other, names),
      "They differ most at the second ' John': FROZEN −2 logits, GRADIENT +3 logits.",
    );
    assert.equal(comparisonCaption(one, one, names), 'Both give every token the same score.');
    const rollout = answerWith([[' John', 1]], { method: 'ATTENTION_ROLLOUT' });
    assert.match(comparisonCaption(one, rollout, names), /can be compared, not their scores/);
  });

  it('have the same target where token and position are the same', () => {
    const one = answerWith([['a', 1]]);
    assert.equal(isSameTarget(one, answerWith([['a', 2]], { method: 'GRADIENT' })), true);
    assert.equal(isSameTarget(one, answerWith([['a', 2]], { target: { token: tokenOf(' John') } })), false);
  });
});
