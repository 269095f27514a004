import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunked, sameChunk } from './token-chunks.ts';

const marks = { predicts: 199, emphasised: undefined, ids: false, context: 256 };
const tokensOf = (count: number) =>
  Array.from({ length: count }, (_, position) => ({ position, tokenId: position % 7, text: 'a', special: false }));

/** How many of the chunks would be drawn anew. */
function changed(before: ReturnType<typeof chunked>, after: ReturnType<typeof chunked>): number {
  return after.filter((chunk, index) => !before[index] || !sameChunk(before[index], chunk)).length;
}

test('chunks hold all tokens, in order', () => {
  const tokens = tokensOf(200);
  assert.deepEqual(
    chunked(tokens, marks).flatMap((chunk) => chunk.tokens),
    tokens,
  );
  assert.deepEqual(chunked([], marks), []);
});

test('a token more at the end of a long prompt changes the last chunk alone', () => {
  assert.equal(changed(chunked(tokensOf(1000), marks), chunked(tokensOf(1001), marks)), 1);
});

test('another token that predicts changes the chunk that it is in, and the one where the other was', () => {
  const tokens = tokensOf(1000);
  assert.equal(changed(chunked(tokens, marks), chunked(tokens, { ...marks, predicts: 3 })), 2);
  assert.equal(changed(chunked(tokens, marks), chunked(tokens, { ...marks, ids: true })), 16);
});
