import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerWith, tokenOf } from './answers.fixture.ts';
import { caption } from './caption.ts';

const against = { against: tokenOf(' John') };

describe('the caption of the tokens', () => {
  it('names what speaks most for the target and what speaks most against it, with their scores', () => {
    const answer = answerWith(
      [
        ['When', -1],
        [' Mary', 17.414],
        [' John', -21.263],
        [' John', 15.3],
      ],
      { target: against },
    );
    assert.equal(
      caption(answer),
      "' Mary' speaks most for ' Mary' rather than ' John' (+17.4 logits); the first ' John' speaks against it (−21.3).",
    );
  });

  it('says so where nothing speaks against it, or nothing for it', () => {
    assert.equal(
      caption(
        answerWith([
          ['a', 2],
          ['b', 1],
        ]),
      ),
      "'a' speaks most for ' Mary' (+2 logits); none speaks against it.",
    );
    assert.equal(
      caption(
        answerWith([
          ['a', -2],
          ['b', -1],
        ]),
      ),
      "No token speaks for ' Mary'; 'a' speaks against it most (−2 logits).",
    );
    assert.equal(
      caption(
        answerWith([
          ['a', 0],
          ['b', 0],
        ]),
      ),
      "No token speaks for or against ' Mary'.",
    );
  });

  it('looks at no token that is not read', () => {
    const answer = answerWith(
      [
        ['a', 1],
        ['b', 0.5],
        ['c', 9],
      ],
      { target: { position: 1 } },
    );
    assert.match(caption(answer), /^'a' speaks most/);
  });

  it('counts log-probabilities in nats, and says that they are linearised', () => {
    const target = { kind: 'LOG_PROBABILITY', linearised: true } as const;
    assert.match(
      caption(
        answerWith(
          [
            ['a', 0.5],
            ['b', -0.25],
          ],
          { target },
        ),
      ),
      /\+0\.5 nats\).*\(−0\.25\)\. It is linearised/,
    );
  });

  it('tells of occlusion what would be lost, of rollout that it says nothing of the target', () => {
    const scores = [
      ['a', 3],
      ['b', -1],
    ] as const;
    assert.equal(
      caption(answerWith(scores, { method: 'OCCLUSION' })),
      "Without 'a', ' Mary' would lose most (+3 logits); without 'b', it would gain (−1).",
    );
    const rollout = caption(
      answerWith(
        [
          ['a', 0.75],
          ['b', 0.25],
        ],
        { method: 'ATTENTION_ROLLOUT' },
      ),
    );
    assert.match(rollout, /^Most attention leads to 'a' \(0\.75 of the attention\), whatever the target/);
    assert.doesNotMatch(rollout, /speaks/);
  });
});
