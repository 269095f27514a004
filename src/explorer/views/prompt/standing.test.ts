import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Followed, placeInLine, standing } from './standing.ts';

const now = Date.parse('2030-01-01T00:00:00Z');
const waiting: Followed = { phase: 'waiting', passed: 0, attributed: 0, done: 0 };
const blocks = { layerCount: 4, throughBlocks: true, unit: 'BLOCKS', total: 8 } as const;

test('a run that waits has its place in line, and when it begins', () => {
  const queue = { position: 3, expectedStart: '2030-01-01T00:00:04Z' };
  assert.equal(standing({ ...waiting, queue }, now).words, 'Waiting: third in line, about 4 s');
  const next = { position: 1, expectedStart: '2029-12-31T23:59:59Z' };
  assert.equal(standing({ ...waiting, queue: next }, now).words, 'Waiting: next in line, about to begin');
  assert.equal(placeInLine(12), 'number 12 in line');
});

test('a model that is loaded for it is told with how far it is', () => {
  const model = { name: 'gpt2', status: 'LOADING', progress: { loaded: 3, total: 10 } } as const;
  assert.deepEqual(standing({ ...waiting, model }, now), { words: 'Loading gpt2: 3 of 10 parts', done: 3, total: 10 });
  assert.deepEqual(standing({ ...waiting, model: { ...model, progress: null } }, now), { words: 'Loading gpt2 …' });
  assert.deepEqual(standing({ ...waiting, model: { ...model, status: 'READY', progress: null } }, now), {
    words: 'Starting …',
  });
});

test('blocks are passed up, then back', () => {
  const running: Followed = { ...waiting, phase: 'running', started: blocks };
  assert.deepEqual(standing({ ...running, passed: 2 }, now), {
    words: 'Up through the model: 2 of 4 layers',
    done: 2,
    total: 8,
  });
  assert.deepEqual(standing({ ...running, passed: 4, attributed: 1 }, now), {
    words: 'Back through the model: 1 of 4 layers',
    done: 5,
    total: 8,
  });
});

test('other methods are told in what they count', () => {
  const started = { layerCount: 4, throughBlocks: false, unit: 'TOKENS', total: 14 } as const;
  assert.deepEqual(standing({ ...waiting, phase: 'running', started, done: 5 }, now), {
    words: '5 of 14 tokens taken out',
    done: 5,
    total: 14,
  });
});
