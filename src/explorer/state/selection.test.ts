import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { chosen, hovered, letGo, pin, pinned, within } from './selection.ts';

describe('What is chosen', () => {
  beforeEach(letGo);

  it('is what is pointed at, part by part, else what was pinned', () => {
    pin({ position: 3, layer: 1 });
    hovered.value = { position: 5 };
    assert.deepEqual(chosen.value, { position: 5, layer: 1 });
  });

  it('has no head of another layer than the one that is pointed at', () => {
    pin({ layer: 1, head: 2 });
    hovered.value = { layer: 3 };
    assert.deepEqual(chosen.value, { layer: 3 });
    hovered.value = {};
    assert.deepEqual(chosen.value, { layer: 1, head: 2 });
  });

  it('is let go when it is pinned again, and only that', () => {
    pin({ layer: 1, head: 2 });
    pin({ position: 4 });
    pin({ layer: 1, head: 2 });
    assert.deepEqual(pinned.value, { position: 4 });
  });

  it('is let go as a whole', () => {
    pin({ position: 4 });
    hovered.value = { layer: 2 };
    letGo();
    assert.deepEqual(chosen.value, {});
  });
});

describe('What was chosen elsewhere', () => {
  it('counts as far as the prompt and the model have it', () => {
    const selection = { position: 4, layer: 3, head: 1 };
    assert.deepEqual(within(selection, 5, 4), selection);
    assert.deepEqual(within(selection, 4, 4), { layer: 3, head: 1 });
    assert.deepEqual(within(selection, 5, 3), { position: 4 });
    assert.deepEqual(within({}, 1, 1), {});
  });
});
