/** Pieces of texts, against the reference library (test/reference/tokenizers). */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { preTokenizer } from './pre-tokenizer.ts';

interface Reference {
  readonly name: string;
  readonly tokenizer: { readonly pre_tokenizer: unknown };
  readonly pieces: readonly [text: string, pieces: string[]][];
}

const lines = await readFile(new URL('../../../test/reference/tokenizers/tokenizers.jsonl', import.meta.url), 'utf8');

describe('a text is split as the reference splits it', () => {
  for (const line of lines.trim().split('\n')) {
    const { name, tokenizer, pieces } = JSON.parse(line) as Reference;
    if (tokenizer.pre_tokenizer === null) continue;
    it(`with the settings of ${name}`, () => {
      const split = preTokenizer.parse(tokenizer.pre_tokenizer);
      const found = pieces.map(([text]) => [text, split({ text, first: true }).map((piece) => piece.text)]);
      assert.deepEqual(found, pieces);
    });
  }
});
