import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { belongs } from './belonging.ts';

describe('Figures that are asked for later', () => {
  const shown = { id: 'run-1', contentHash: 'hash-1' };

  it('belong to the run that is shown where they are of it, or of none', () => {
    assert.equal(belongs(shown, { run: shown }), 'here');
    assert.equal(belongs(shown, { heads: [] }), 'here');
    assert.equal(belongs(undefined, { run: shown }), 'here');
  });

  it('are of the same question where the run was deleted and another one answers', () => {
    assert.equal(belongs(shown, { run: { id: 'run-2', contentHash: 'hash-1' } }), 'same question');
  });

  it('are of another model where its weights were replaced', () => {
    assert.equal(belongs(shown, { run: { id: 'run-2', contentHash: 'hash-2' } }), 'elsewhere');
  });
});
