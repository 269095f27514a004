import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Estimated } from '../../state/drafted.ts';
import type { Question } from '../../state/question.ts';
import { lighterThan } from './lighter.ts';

const estimate: Estimated = {
  __typename: 'Estimate',
  tokens: 100,
  memory: 300,
  weights: 100,
  activations: 200,
  queueTime: 0,
  time: 5,
  loadTime: 1,
  runTime: 4,
  totalTime: 5,
  memoryBudget: 1000,
  timeBudget: 3,
  withinBudget: false,
};

const tokens = Array.from({ length: 100 }, (_, position) => ({
  position,
  tokenId: position,
  text: position === 0 ? '<s>' : 'a',
  special: position === 0,
}));

const question: Question = {
  model: 'sample',
  prompt: { text: 'a …' },
  target: { position: 3, kind: 'LOGIT' },
  method: 'INTEGRATED_GRADIENTS',
  options: { steps: 40, baseline: { tokenId: 1 } },
};

test('fewer steps, FROZEN, and the end of the prompt, as much as the time allows', () => {
  // Of 4 seconds 2 are left beside the load; nine tenths of that half.
  const [steps, frozen, shorter, ...more] = lighterThan(question, tokens, estimate);
  assert.deepEqual(more, []);
  assert.deepEqual(steps, {
    label: '18 steps',
    question: { ...question, options: { steps: 18, baseline: { tokenId: 1 } } },
    change: { steps: 18 },
  });
  const { options: _, ...rest } = question;
  assert.deepEqual(frozen, { label: 'Frozen', question: { ...rest, method: 'FROZEN' }, change: { method: 'FROZEN' } });
  assert.equal(shorter?.label, 'the last 45 tokens');
  assert.deepEqual(shorter?.question.prompt, { tokenIds: [0, ...tokens.slice(-44).map(({ tokenId }) => tokenId)] });
  assert.deepEqual(shorter?.question.target, { kind: 'LOGIT' });
});

test('kept tokens have their places in the shorter prompt', () => {
  const { change } = lighterThan(question, tokens, estimate).at(-1) ?? {};
  assert.ok(change && 'tokens' in change);
  assert.deepEqual(
    change.tokens.map(({ position }) => position),
    Array.from({ length: 45 }, (_, position) => position),
  );
});

test('where memory is what there is too little of, it says how long the prompt may be', () => {
  const tooLarge = { ...estimate, memoryBudget: 200, timeBudget: null };
  assert.deepEqual(
    lighterThan({ ...question, method: 'FROZEN' }, tokens, tooLarge).map(({ label }) => label),
    ['the last 45 tokens'],
  );
});

test('nothing is offered of FROZEN whose model alone is too large', () => {
  assert.deepEqual(lighterThan({ ...question, method: 'FROZEN' }, tokens, { ...estimate, memoryBudget: 50 }), []);
});
