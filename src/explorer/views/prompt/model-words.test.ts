import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelEntry } from '../../state/models.ts';
import { kindOf, sizeOf, stateOf } from './model-words.ts';

const model = { __typename: 'Model', architecture: 'GPT2', layerCount: 4, parameterCount: 2_300_000 } as ModelEntry;
const broken = { __typename: 'BrokenModel' } as ModelEntry;

test('a model has its size and its kind; one that cannot be read has neither', () => {
  assert.deepEqual([sizeOf(model), kindOf(model)], ['2.3 M parameters', 'GPT2, 4 blocks']);
  assert.deepEqual([sizeOf(broken), kindOf(broken)], [undefined, undefined]);
});

test('how it stands is said with how far it is', () => {
  assert.equal(stateOf({ status: 'LOADING', progress: { loaded: 3, total: 10 } }), 'loading, 3 of 10 parts');
  assert.deepEqual(
    (['READY', 'UNLOADED', 'FAILED', 'BROKEN'] as const).map((status) => stateOf({ status, progress: null })),
    ['ready', 'not loaded', 'failed to load', 'broken'],
  );
});
