import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentHash } from './content-hash.ts';
import type { Question } from './types.ts';

const target = { position: 2, token: null, against: null };
const question: Question = { kind: 'LOGIT_ATTRIBUTION', input: { inputIds: [1, 2, 3], target, method: 'FROZEN' } };
const circulation: Question = {
  kind: 'CIRCULATION',
  input: { inputIds: [1, 2, 3], track: [2], target, layers: 2, top: 5 },
};
const of = (asked: Question, revision = 'r1') => contentHash({ revision }, asked);

describe('the content hash', () => {
  it('is the same for the same question, however its keys are ordered and after it was stored', () => {
    const reordered: Question = {
      input: { method: 'FROZEN', target: { against: null, token: null, position: 2 }, inputIds: [1, 2, 3] },
      kind: 'LOGIT_ATTRIBUTION',
    };
    assert.match(of(question), /^[0-9a-f]{64}$/);
    assert.equal(of(reordered), of(question));
    assert.equal(of(JSON.parse(JSON.stringify(question))), of(question));
  });

  it('is the same for the same tokens, whether or not they were given as messages', () => {
    const messages = [{ role: 'user', from: 1, to: 2 }];
    assert.equal(of({ ...question, input: { ...question.input, messages } }), of(question));
    assert.equal(of({ ...circulation, input: { ...circulation.input, messages } }), of(circulation));
  });

  it('is another for another model, another kind and any other input', () => {
    const questions: Question[] = [
      question,
      circulation,
      { ...question, input: { ...question.input, inputIds: [1, 23] } },
      { ...question, input: { ...question.input, inputIds: [3, 2, 1] } },
      { ...question, input: { ...question.input, target: { ...target, token: 0 } } },
      { ...question, input: { ...question.input, target: { ...target, against: 0 } } },
      { ...circulation, input: { ...circulation.input, track: [1] } },
      { ...circulation, input: { ...circulation.input, layers: 1 } },
      { ...circulation, input: { ...circulation.input, top: 6 } },
    ];
    const hashes = [...questions.map((asked) => of(asked)), of(question, 'r2')];
    assert.equal(new Set(hashes).size, hashes.length);
  });
});
