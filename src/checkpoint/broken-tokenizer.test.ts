/** What of a tokenizer's file is wrong, or is not done, is refused by name. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { added, open } from '../../test/support/tokenizers.ts';
import type { TributaryError } from '../errors.ts';
import { Tokenizer } from './tokenizer.ts';

describe('a broken tokenizer', () => {
  const model = { type: 'BPE', vocab: { a: 0 }, merges: [] };
  const enclosing = { type: 'BertProcessing', cls: ['a', 0], sep: ['a', 0] };
  const faults: [what: string, json: unknown, message: RegExp][] = [
    ['is no object', [], /must hold a JSON object/],
    ['has no model', {}, /model is missing/],
    ['has a model of an unknown type', { model: { ...model, type: 'WordLevel' } }, /model\.type: /],
    ['gives an id that is no id', { model: { ...model, vocab: { a: 'x' } } }, /model\.vocab: must map each piece/],
    ['gives an id below 0', { model: { ...model, vocab: { a: -1 } } }, /model\.vocab: must map each piece/],
    ['gives an id that is not whole', { model: { ...model, vocab: { a: 0.5 } } }, /model\.vocab: must map each piece/],
    [
      'has a piece without a score',
      { model: { type: 'Unigram', vocab: [['a', 0], ['b']] } },
      /model\.vocab: must be a list of pieces, each with its score/,
    ],
    ['has no pieces', { model: { type: 'Unigram', vocab: [] } }, /model\.vocab: must be a list of pieces/],
    ['gives an id beyond all bounds', { model: { ...model, vocab: { a: 1e15 } } }, /model\.vocab: must map each piece/],
    [
      'has merges that are no pairs',
      { model: { ...model, merges: [['a']] } },
      /model\.merges: must be a list of pairs/,
    ],
    [
      'merges what it does not have',
      { model: { ...model, merges: [['a', 'b']] } },
      /a merge names "b", which is not in/,
    ],
    ['leaves out merges at random', { model: { ...model, dropout: 0.1 } }, /model\.dropout: .* not supported/],
    [
      'has no entry for its unknown token',
      { model: { type: 'Unigram', vocab: [['a', -1]], unk_id: 1 } },
      /model\.unk_id: is not in the vocabulary/,
    ],
    ['has an unknown normalizer', { model, normalizer: { type: 'X' } }, /the normalizer X is not supported/],
    ['has an unknown pre-tokenizer', { model, pre_tokenizer: { type: 'X' } }, /the pre-tokenizer X is not supported/],
    [
      'has an unknown post-processor',
      { model, post_processor: { type: 'X' } },
      /the post-processor X is not supported/,
    ],
    ['splits by an invalid expression', { model, pre_tokenizer: splitBy('(') }, /Invalid regular expression/],
    ['splits by a group of an unknown kind', { model, pre_tokenizer: splitBy('(?m:a)') }, /the group \(\?m:… is not/],
    ['splits as we do not', { model, pre_tokenizer: splitBy('a', 'X') }, /pre_tokenizer\.behavior: .*Isolated/],
    [
      'maps characters by half a map',
      { model, normalizer: { type: 'Precompiled', precompiled_charsmap: 'CAAAAA==' } },
      /normalizer.*cut short/,
    ],
    [
      'adds a token that it does not describe',
      {
        model,
        post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: 'b' } }], special_tokens: {} },
      },
      /post_processor: special_tokens does not say what "b" is/,
    ],
    [
      'adds tokens twice',
      { model, post_processor: { type: 'Sequence', processors: [enclosing, enclosing] } },
      /post_processor: more than one post-processor that adds tokens/,
    ],
    [
      'gives an added token another id than its place',
      { model, added_tokens: [{ id: 2, content: 'b' }] },
      /the added token "b" has the id 2, where its place in the vocabulary is 1/,
    ],
    [
      'gives an added token another id than the vocabulary',
      { model, added_tokens: [{ id: 1, content: 'a' }] },
      /the added token "a" has the id 1, where its place in the vocabulary is 0/,
    ],
    [
      'has added tokens that cannot be told apart',
      { model, normalizer: { type: 'Lowercase' }, added_tokens: [added(1, 'B'), added(2, 'b')] },
      /the added tokens "B" and "b" are the same once they are normalized/,
    ],
    [
      'has an added token of which the normalizer leaves nothing',
      { model, normalizer: { type: 'Strip', strip_left: true, strip_right: true }, added_tokens: [added(1, ' ')] },
      /nothing is left of the added token " " once it is normalized/,
    ],
  ];
  const first = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' };
  for (const normalizer of [
    { type: 'Strip', strip_left: true, strip_right: false },
    { type: 'Replace', pattern: { String: 'a' }, content: '' },
    { type: 'Replace', pattern: { String: 'ab' }, content: 'a' },
    { type: 'Replace', pattern: { Regex: 'a' }, content: 'b' },
  ]) {
    faults.push([
      `puts a space before the first of what ${JSON.stringify(normalizer)} leaves`,
      { model, normalizer: { type: 'Sequence', normalizers: [normalizer] }, pre_tokenizer: first },
      /pre_tokenizer: prepend_scheme "first" is not supported/,
    ]);
  }
  for (const [what, json, message] of faults) {
    it(`that ${what} is refused, naming its file`, async () => {
      await assert.rejects(open(json), ({ code, message: text }: TributaryError) => {
        assert.equal(code, 'CHECKPOINT');
        assert.match(text, /tokenizer\.json/);
        assert.match(text, message);
        return true;
      });
    });
  }

  it('that is missing is refused, with what makes it where its sources are there', async () => {
    await using folder = await temporaryFolder();
    await assert.rejects(Tokenizer.open(folder.path), { code: 'CHECKPOINT', message: /tokenizer\.json is missing$/ });
    await writeFile(join(folder.path, 'vocab.json'), '{}');
    await assert.rejects(Tokenizer.open(folder.path), { message: /from vocab\.json once .*save_pretrained/ });
  });
});

function splitBy(regex: string, behavior = 'Isolated') {
  return { type: 'Split', pattern: { Regex: regex }, behavior, invert: false };
}
