/** Where passages lie among the tokens of a prompt, against the offsets of the reference library (test/reference/tokenizers). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { open } from '../../../test/support/tokenizers.ts';
import { idsWithout, type PassagePrompt, placesOf, textOf } from './prompt.ts';

interface Reference {
  readonly name: string;
  readonly cases: readonly { readonly prompt: PassagePrompt; readonly places: readonly [number, number][] }[];
}

const tokenizers = new Map(
  linesOf<{ name: string; tokenizer: unknown }>('tokenizers').map(({ name, tokenizer }) => [name, tokenizer]),
);

function linesOf<Line>(name: string): Line[] {
  const file = new URL(`../../../test/reference/tokenizers/${name}.jsonl`, import.meta.url);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
}

describe('the passages of a prompt', () => {
  for (const { name, cases } of linesOf<Reference>('passages'))
    it(`have the tokens that have characters of them: ${name}`, async () => {
      const tokenizer = await open(tokenizers.get(name));
      assert.equal(cases.length, 12);
      for (const { prompt, places } of cases) {
        const found = placesOf(tokenizer, prompt, tokenizer.encode(textOf(prompt)));
        assert.deepEqual(
          found.map(({ from, to }) => [from, to]),
          places,
          JSON.stringify(prompt),
        );
      }
    });

  const prompt = { before: '<', passages: ['one', 'two', 'three'], separator: ', ', after: '>' };

  it('take a separator with them where they are left out', () => {
    assert.equal(textOf(prompt), '<one, two, three>');
    assert.equal(textOf(prompt, new Set([0])), '<two, three>');
    assert.equal(textOf(prompt, new Set([1])), '<one, three>');
    assert.equal(textOf(prompt, new Set([1, 2])), '<one>');
    assert.equal(textOf(prompt, new Set([0, 1, 2])), '<>');
  });

  it('are not left out where nothing would be left, or more than can be read', async () => {
    const tokenizer = await open(tokenizers.get('gpt2'));
    const bare = { ...prompt, before: '', after: '' };
    const all = new Set([0, 1, 2]);
    assert.throws(() => idsWithout(tokenizer, bare, all, 9), {
      code: 'PROMPT',
      message: /passages 0, 1, 2 .* 0 tokens/,
    });
    assert.throws(() => idsWithout(tokenizer, bare, new Set([0]), 2), {
      code: 'PROMPT',
      message: /the passage 0 .* at most 2/,
    });
    assert.equal(idsWithout(tokenizer, prompt, all, 2).length, 2);
  });

  it('are looked for until that is stopped', async () => {
    const tokenizer = await open(tokenizers.get('gpt2'));
    const stop = () => {
      throw new Error('stopped');
    };
    assert.throws(() => placesOf(tokenizer, prompt, tokenizer.encode(textOf(prompt)), stop), /stopped/);
  });
});
