import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ordinal, targetWords } from './target.ts';

const mary = { text: ' Mary', special: false };
const john = { text: ' John', special: false };

describe('what is explained, in words', () => {
  it('is a logit, or a difference of two', () => {
    assert.deepEqual(targetWords({ token: mary, against: null, kind: 'LOGIT' }), {
      name: "' Mary'",
      value: 'logit',
      unit: 'logits',
    });
    assert.deepEqual(targetWords({ token: mary, against: john, kind: 'LOG_PROBABILITY' }), {
      name: "' Mary' rather than ' John'",
      value: 'log-probability difference',
      unit: 'nats',
    });
  });

  it('is the first choice as long as nobody knows which that is', () => {
    assert.equal(targetWords({ token: null, against: null, kind: 'PROBABILITY' }).name, 'the first choice');
  });

  it('counts ranks', () => {
    assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 58, 102, 111, 532].map(ordinal), [
      '1st',
      '2nd',
      '3rd',
      '4th',
      '11th',
      '12th',
      '13th',
      '21st',
      '58th',
      '102nd',
      '111th',
      '532nd',
    ]);
  });
});
