import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canFollow, mostFollowed, strongest } from './following.ts';

function scored(score: number, position: number, special = false) {
  return { score, token: { position, special } };
}

describe('The token that is followed at first', () => {
  it('speaks most for the target', () => {
    assert.equal(strongest([scored(-9, 0), scored(1, 1), scored(3, 2)]), 2);
  });

  it('is no special one, as long as there are others', () => {
    assert.equal(strongest([scored(5, 0, true), scored(1, 1)]), 1);
    assert.equal(strongest([scored(5, 0, true), scored(7, 1, true)]), 1);
  });

  it('speaks most against it where none speaks for it: not one that is not read at all', () => {
    assert.equal(strongest([scored(-1, 0), scored(-4, 1), scored(0, 2)]), 1);
  });

  it('is the first where no token counts', () => {
    assert.equal(strongest([scored(0, 0), scored(0, 1)]), 0);
    assert.equal(strongest([]), 0);
  });
});

describe('A further token', () => {
  it('can be followed once, up to the one that predicts', () => {
    assert.ok(canFollow([1], 3, 3));
    assert.ok(!canFollow([1], 1, 3));
    assert.ok(!canFollow([1], 4, 3));
  });

  it('can be followed as long as there is a hue for it', () => {
    const followed = Array.from({ length: mostFollowed }, (_, position) => position);
    assert.ok(!canFollow(followed, 10, 20));
    assert.ok(canFollow(followed.slice(1), 10, 20));
  });
});
