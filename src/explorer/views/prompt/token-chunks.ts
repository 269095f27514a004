/** Long prompts are drawn in chunks, so that a key redraws those alone whose tokens it changes. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';

const chunkLength = 64;

interface Marks {
  /** Position of the token that predicts. */
  readonly predicts: number | undefined;
  readonly emphasised: number | undefined;
  /** Whether token ids are shown. */
  readonly ids: boolean;
  /** How many tokens the model reads. */
  readonly context: number;
}

/** The marks where they are in the chunk, else undefined. */
export interface TokenChunk extends Marks {
  readonly tokens: readonly TokenPartsFragment[];
}

export function chunked(tokens: readonly TokenPartsFragment[], marks: Marks): readonly TokenChunk[] {
  return Array.from({ length: Math.ceil(tokens.length / chunkLength) }, (_, index) => {
    const from = index * chunkLength;
    const within = (position: number | undefined) =>
      position !== undefined && position >= from && position < from + chunkLength ? position : undefined;
    return {
      ...marks,
      tokens: tokens.slice(from, from + chunkLength),
      predicts: within(marks.predicts),
      emphasised: within(marks.emphasised),
    };
  });
}

export function sameChunk(one: TokenChunk, other: TokenChunk): boolean {
  return (
    one.predicts === other.predicts &&
    one.emphasised === other.emphasised &&
    one.ids === other.ids &&
    one.context === other.context &&
    one.tokens.length === other.tokens.length &&
    one.tokens.every(({ tokenId, text }, index) => {
      const same = other.tokens[index];
      return same?.tokenId === tokenId && same.text === text;
    })
  );
}
