import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Estimated } from '../../state/drafted.ts';
import { costInFull, costOf, overBudget } from './cost.ts';

const estimate: Estimated = {
  __typename: 'Estimate',
  tokens: 14,
  memory: 56_000_000,
  weights: 55_000_000,
  activations: 1_000_000,
  queueTime: 0,
  time: 0.09,
  loadTime: 0,
  runTime: 0.09,
  totalTime: 0.09,
  memoryBudget: 12e9,
  timeBudget: 600,
  withinBudget: true,
};

test('a cost is its time and its memory, with the load and the queue where there are any', () => {
  assert.equal(costOf(estimate), 'about 90 ms, 56 MB');
  assert.equal(costOf({ ...estimate, time: 2.09, loadTime: 2 }), 'about 2.1 s (2 s to load the model), 56 MB');
  assert.equal(costOf({ ...estimate, queueTime: 4 }), 'about 90 ms, 56 MB, begins in 4 s');
  assert.equal(costOf({ ...estimate, queueTime: null }), 'about 90 ms, 56 MB, when the queue has room');
});

test('each figure is told by itself', () => {
  assert.equal(
    costInFull(estimate),
    '14 tokens\nmemory: 55 MB for weights, 1 MB for activations\ntime: 0 ms to load the model, 90 ms to run\nwaiting: 0 ms',
  );
});

test('over a budget is told with both figures, within them nothing', () => {
  assert.equal(overBudget(estimate), undefined);
  assert.equal(
    overBudget({ ...estimate, withinBudget: false, time: 720, memory: 14e9 }),
    'This would take 14 GB of memory, where the server allows 12 GB, and 12 min, where the server allows 10 min.',
  );
  assert.equal(
    overBudget({ ...estimate, withinBudget: false, time: 2, timeBudget: 1, memoryBudget: null }),
    'This would take 2 s, where the server allows 1 s.',
  );
});
