import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelEntry } from '../../state/models.ts';
import { contextOf, obstacle, predicting } from './obstacle.ts';

const model = { __typename: 'Model', status: 'READY', contextLength: 2 } as ModelEntry;
const broken = { __typename: 'BrokenModel', status: 'BROKEN' } as ModelEntry;
const tokens = ['a', 'b', 'c'].map((text, position) => ({ position, tokenId: position, text, special: false }));

test('each obstacle is told before the server is asked', () => {
  const draft = { models: [model], model, text: 'ab', tokens: tokens.slice(0, 2) };
  assert.equal(obstacle(draft), undefined);
  assert.equal(obstacle({ ...draft, models: undefined, model: undefined }), 'Asking which models there are …');
  assert.equal(obstacle({ ...draft, models: [], model: undefined }), 'Add a model.');
  assert.equal(obstacle({ ...draft, model: undefined }), 'Choose a model.');
  assert.equal(obstacle({ ...draft, model: broken }), 'This model is broken: choose another.');
  assert.equal(obstacle({ ...draft, text: '', tokens: [] }), 'Write a prompt.');
  assert.equal(obstacle({ ...draft, tokens }), 'Too long by 1 token: the model reads 2.');
});

test('the last token predicts, unless another is chosen', () => {
  assert.deepEqual([predicting(tokens, undefined), predicting(tokens, 1), predicting([], 1)], [2, 1, undefined]);
});

test('a model that cannot be read bounds no prompt', () => {
  assert.deepEqual([contextOf(model), contextOf(broken), contextOf(undefined)], [2, Infinity, Infinity]);
});
