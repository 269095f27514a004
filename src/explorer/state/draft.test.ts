import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { RunRequestPartsFragment } from '../../client/generated/graphql.ts';
import { chooseMethod, chooseModel, draft, draftAsked, draftFrom, draftQuestion, write, writeTokens } from './draft.ts';
import { questionOf } from './question.ts';

const tokens = [
  { position: 0, tokenId: 1, text: '<s>', special: true, role: null },
  { position: 1, tokenId: 7, text: 'When', special: false, role: null },
  { position: 2, tokenId: 8, text: ' Mary', special: false, role: null },
];
const token = { position: 1, tokenId: 8, text: ' Mary', special: false };
const against = { position: 1, tokenId: 9, text: ' John', special: false };

const input: RunRequestPartsFragment = {
  __typename: 'LogitAttributionRequest',
  prompt: { text: 'When Mary', tokens, messages: null },
  target: { position: 1, token, against, kind: 'PROBABILITY', span: null },
  method: 'INTEGRATED_GRADIENTS',
  options: { steps: 4, baseline: token },
};

beforeEach(() => draftFrom({ modelName: 'sample', input }));

test('the draft of a run asks what the run was asked', () => {
  assert.deepEqual(draftQuestion.value, questionOf('sample', input));
  assert.equal(draft.text.value, 'When Mary');
});

test('a run of a span is asked as that span', () => {
  const asked = (others: RunRequestPartsFragment['target']['span']) =>
    questionOf('sample', { ...input, target: { ...input.target, against: null, kind: 'LOGIT', span: others } }).target;
  assert.deepEqual(asked({ from: 1, to: 2, against: null }), { kind: 'LOGIT', span: { from: 1, to: 2 } });
  assert.deepEqual(asked({ from: 1, to: 2, against: [token, against] }), {
    kind: 'LOGIT',
    span: { from: 1, to: 2, against: { tokenIds: [8, 9] } },
  });
});

test('a run at the last position, of no named token, is a draft without either', () => {
  draftFrom({
    modelName: 'sample',
    input: { ...input, target: { position: 2, token: null, against: null, kind: 'LOGIT', span: null } },
  });
  assert.deepEqual(draftQuestion.value.target, { kind: 'LOGIT' });
});

test('a run that kept no text shows that of its tokens, without the special ones', () => {
  draftFrom({ modelName: 'sample', input: { ...input, prompt: { text: null, tokens, messages: null } } });
  assert.equal(draft.text.value, 'When Mary');
});

test('another text is asked as text, at its end, for the same target', () => {
  write('When Mary went');
  assert.deepEqual(draftQuestion.value.prompt, { text: 'When Mary went' });
  assert.deepEqual(draftQuestion.value.target, {
    kind: 'PROBABILITY',
    token: { tokenId: 8 },
    against: { tokenId: 9 },
  });
});

test('tokens are asked as they are', () => {
  writeTokens(tokens.slice(1));
  assert.deepEqual(draftQuestion.value.prompt, { tokenIds: [7, 8] });
  assert.equal(draft.text.value, 'When Mary');
});

test('another model keeps the text and the target, not their ids', () => {
  chooseModel('llama');
  const { model, prompt, target, options } = draftQuestion.value;
  assert.deepEqual([model, prompt], ['llama', { text: 'When Mary' }]);
  assert.deepEqual(target, { kind: 'PROBABILITY', token: { text: ' Mary' }, against: { text: ' John' } });
  assert.deepEqual(options, { steps: 4, baseline: { text: ' Mary' } });
});

test('another method keeps the options that it takes, and no others', () => {
  chooseMethod('OCCLUSION');
  assert.deepEqual(draftQuestion.value.options, { baseline: { tokenId: 8 } });
  chooseMethod('FROZEN');
  assert.equal(draftQuestion.value.options, undefined);
});

test('the question of an explanation stands there as it was asked, with its own tokens', () => {
  const question = { model: 'gpt2', prompt: { text: 'When Mary' }, method: 'OCCLUSION' } as const;
  const requested = { position: 2, token: null, against, kind: 'LOGIT' } as const;
  draftAsked(question, { tokens, requested });
  assert.deepEqual(draftQuestion.value, {
    model: 'gpt2',
    prompt: { tokenIds: [1, 7, 8] },
    target: { kind: 'LOGIT', against: { tokenId: 9 } },
    method: 'OCCLUSION',
    options: { baseline: { tokenId: 8 } },
  });
  assert.equal(draft.text.value, 'When Mary');
});
