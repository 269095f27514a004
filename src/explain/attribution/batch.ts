/** Runs of a model that a method makes many of, several at a time. */

/** A batch that keeps what a reverse pass needs holds no more of it than one prompt of this many tokens. */
export const keptTokens = 512;
/** A batch that keeps nothing. */
export const passingTokens = 1024;

/** Cuts 0 … count − 1 into batches of prompts of `length` tokens with at most `tokens` tokens, at least one prompt each. */
export function* batches(count: number, length: number, tokens: number): Generator<number[]> {
  const rows = Math.max(1, Math.floor(tokens / length));
  for (let start = 0; start < count; start += rows) {
    yield Array.from({ length: Math.min(rows, count - start) }, (_, index) => start + index);
  }
}

/** What a batch kept is there until the garbage collector comes, when the next one has begun. */
export const batchesAtOnce = 2;
