import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerWith, tokenOf } from './answers.fixture.ts';
import { sumLine, verdict } from './audit.ts';

const scores = [
  ['a', 20],
  ['b', 6.75],
] as const;
const failed = { passed: false, sum: 18.7, logit: 16, gap: -2.7, relativeGap: 0.135 };

describe('the sum of the tokens', () => {
  it('names every part that there is with the method, a negative one in brackets', () => {
    assert.equal(sumLine(answerWith(scores, { bias: -8.05 })), 'Σ tokens 26.8 + biases (−8.05) = 18.7');
    assert.equal(
      sumLine(answerWith(scores, { bias: 1, intercept: -2, target: { kind: 'LOG_PROBABILITY', linearised: true } })),
      'Σ tokens 26.8 + biases 1 + intercept (−2) = 25.8',
    );
    assert.equal(sumLine(answerWith(scores, { method: 'OCCLUSION' })), 'Σ tokens 26.8 = 26.8');
    assert.equal(
      sumLine(answerWith(scores, { method: 'INTEGRATED_GRADIENTS', bias: 0.5 })),
      'Σ tokens 26.8 + logit at the baseline 0.5 = 27.3',
    );
  });
});

describe('the audit as a sentence', () => {
  it('gives the gap and what float32 may leave where it has passed', () => {
    const { state, sentence, meaning } = verdict(answerWith(scores, { audit: { gap: 2e-6, relativeGap: 1e-7 } }));
    assert.deepEqual(
      [state, sentence, meaning],
      ['passed', 'Adds up to the logit, 26.8: the gap is 2·10⁻⁶ (relative gap 1·10⁻⁷; float32 may leave 1·10⁻⁴).', ''],
    );
  });

  it('says of a contrast that it is a difference', () => {
    assert.match(
      verdict(answerWith(scores, { target: { against: tokenOf(' John') } })).sentence,
      /the logit difference, 26\.8/,
    );
  });

  it('warns where a method that has to add up does not', () => {
    const { state, sentence, meaning } = verdict(answerWith(scores, { audit: failed }));
    assert.equal(state, 'failed');
    assert.match(sentence, /^Does not add up: the sum is 18\.7, the logit is 16, the gap −2\.7 \(relative gap 0\.135/);
    assert.match(meaning, /do not rely on them/);
    const path = verdict(answerWith(scores, { method: 'INTEGRATED_GRADIENTS', steps: 4, audit: failed }));
    assert.equal(path.state, 'failed');
    assert.match(path.meaning, /^4 steps are too few/);
  });

  it('gives no alarm with methods that do not claim to add up, but their gap and their reason', () => {
    for (const method of ['GRADIENT', 'ATTN_LRP', 'OCCLUSION', 'ATTENTION_ROLLOUT'] as const) {
      const { state, sentence, meaning } = verdict(answerWith(scores, { method, audit: failed }));
      assert.equal(state, 'inexact', method);
      assert.match(sentence, /the gap −2\.7/);
      assert.notEqual(meaning, '');
    }
  });
});
