/** Tokenizers in the settings of well-known models, against the reference library (test/reference/tokenizers). */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, mock } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import type { TributaryError } from '../errors.ts';
import { Bpe } from './tokenization/bpe.ts';
import { Tokenizer } from './tokenizer.ts';

interface Reference {
  readonly name: string;
  readonly tokenizer: Record<string, unknown>;
  readonly cases: readonly [text: string, ids: number[], texts: string[]][];
}

const lines = await readFile(new URL('../../test/reference/tokenizers/tokenizers.jsonl', import.meta.url), 'utf8');
const references = lines
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Reference);

for (const { name, tokenizer: json, cases } of references) {
  describe(`a tokenizer with the settings of ${name}`, async () => {
    const tokenizer = await open(json);

    it('encodes as the reference does, special tokens included', () => {
      for (const [text, ids] of cases) assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
    });

    it('gives every token the text that the reference decodes it to', () => {
      for (const [, ids, texts] of cases) {
        assert.deepEqual(
          ids.map((id) => tokenizer.token(id).text),
          texts,
        );
      }
    });

    it('finds a token by its text', () => {
      for (let id = 0; id < tokenizer.size; id++) {
        const { text } = tokenizer.token(id);
        if (text.includes('\uFFFD')) continue;
        const found = tokenizer.single(text);
        assert.equal(tokenizer.token(found ?? -1).text, text);
      }
    });
  });
}

describe('a tokenizer', () => {
  it('gives the prompt back when the texts of its tokens are put together', async () => {
    const prompt = "  Don't  give me\n\tthe riverbed: 123!";
    for (const name of ['gpt2', 'gpt-neox', 'qwen2', 'o200k', 'starcoder']) {
      assert.equal(textOf(await named(name), prompt), prompt, name);
    }
  });

  it('splits a text once while it is among the last eight, and hands out ids that may be changed', async () => {
    const tokenizer = await named('gpt2');
    const read = mock.method(Bpe.prototype, 'read');
    const texts = Array.from({ length: 8 }, (_, index) => `river ${'bank '.repeat(index)}`);
    const ids = texts.map((text) => tokenizer.encode(text));
    const split = read.mock.callCount();
    for (const [index, text] of texts.entries()) {
      const again = tokenizer.encode(text);
      assert.deepEqual(again, ids[index]);
      again.length = 0;
    }
    assert.deepEqual(
      texts.map((text) => tokenizer.encode(text)),
      ids,
    );
    assert.equal(read.mock.callCount(), split);
    tokenizer.encode('another');
    const others = read.mock.callCount();
    tokenizer.encode(texts[1] as string);
    assert.equal(read.mock.callCount(), others);
    tokenizer.encode(texts[0] as string);
    assert.ok(read.mock.callCount() > others, 'the first is forgotten for the ninth');
    read.mock.restore();
  });

  it('shows the space that SentencePiece puts before a prompt', async () => {
    assert.equal(textOf(await named('llama2'), 'the river'), '<s> the river');
    assert.equal(textOf(await named('gemma'), 'the river'), '<s>the river');
  });

  it('adds special tokens exactly where its configuration says so', async () => {
    const added = async (name: string) => {
      const tokenizer = await named(name);
      return tokenizer
        .encode('the')
        .map((id) => tokenizer.token(id))
        .filter(({ special }) => special)
        .map(({ text }) => text);
    };
    assert.deepEqual(await added('gpt2'), []);
    assert.deepEqual(await added('llama3'), ['<|begin_of_text|>']);
    assert.deepEqual(await added('llama2-end'), ['<s>', '</s>']);
  });

  it('leaves special tokens out where it proposes', async () => {
    for (const name of ['llama2-end', 'word-piece']) {
      const { pieces } = (await named(name)).candidates('the');
      assert.deepEqual(
        pieces.filter(({ special }) => special),
        [],
      );
      assert.ok(pieces.length > 0);
    }
  });

  it('shows an added token as it is written, also in characters that stand for bytes elsewhere', async () => {
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
    const model = { type: 'BPE', vocab: { a: 0 }, merges: [] };
    const tokenizer = await open({
      model,
      pre_tokenizer: byteLevel,
      decoder: byteLevel,
      added_tokens: [added(1, 'é')],
    });
    assert.deepEqual(tokenizer.encode('aéa'), [0, 1, 0]);
    assert.equal(tokenizer.token(1).text, 'é');
  });

  it('reads an added token that is listed twice', async () => {
    const model = { type: 'BPE', vocab: { a: 0 }, merges: [] };
    const tokenizer = await open({ model, added_tokens: [added(1, 'b'), added(1, 'b'), added(2, 'c')] });
    assert.deepEqual(tokenizer.encode('cab'), [2, 0, 1]);
  });

  it('shows U+FFFD for each token that is a part of a character only', async () => {
    const tokenizer = await named('llama2');
    assert.deepEqual(
      tokenizer.encode('😀').map((id) => tokenizer.token(id).text),
      ['<s>', ' ', '\uFFFD', '\uFFFD', '\uFFFD', '\uFFFD'],
    );
  });

  it('reads a lone surrogate as U+FFFD', async () => {
    const tokenizer = await named('gpt2');
    assert.deepEqual(tokenizer.encode('a\uD83Db'), tokenizer.encode('a\uFFFDb'));
    const characters = await open({ model: { type: 'BPE', vocab: { a: 0, '\uFFFD': 1 }, merges: [] } });
    assert.deepEqual(characters.encode('a\uD83Da'), [0, 1, 0]);
  });

  it('names ids beyond its vocabulary, which padded models have', async () => {
    const tokenizer = await named('gpt2');
    assert.equal(tokenizer.size, 340);
    assert.deepEqual(tokenizer.token(340), { id: 340, text: '<340>', special: true });
  });

  it('tells a text with a leading space from one without', async () => {
    const tokenizer = await open(llama);
    assert.equal(tokenizer.single('the'), 6);
    assert.equal(tokenizer.single(' the'), 7);
    assert.equal(tokenizer.single('<s>'), 8);
    assert.deepEqual(tokenizer.encode('<s>the'), [8, 7]);
    assert.equal(tokenizer.single('he'), undefined);
    assert.equal(tokenizer.single(''), undefined);
  });

  it('proposes its tokens and the single tokens near a text that is several', async () => {
    const { pieces, singles } = (await open(llama)).candidates('  the');
    assert.deepEqual(
      pieces.map(({ text }) => text),
      [' ', ' ', ' the'],
    );
    assert.deepEqual(
      singles.map(({ text }) => text),
      [' the', 'the'],
    );
  });

  it('proposes a text itself first where it is one token, and then the other spellings of it that are', async () => {
    const json = { model: { type: 'BPE', vocab: {}, merges: [] as [string, string][] } };
    const vocab: Record<string, number> = json.model.vocab;
    const pieces = ['Ġ', 'i', 'I', 't', 'Ġi', 'ĠI', 'it', 'Ġit', 'It', 'ĠIt'];
    for (const piece of pieces) vocab[piece] = Object.keys(vocab).length;
    json.model.merges = [
      ['Ġ', 'i'],
      ['Ġ', 'I'],
      ['i', 't'],
      ['Ġi', 't'],
      ['I', 't'],
      ['ĠI', 't'],
    ];
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
    const tokenizer = await open({ ...json, pre_tokenizer: byteLevel, decoder: byteLevel });
    const singles = (text: string) => tokenizer.candidates(text).singles.map((token) => token.text);
    assert.deepEqual(singles('It'), ['It', ' It', ' it', 'it']);
    assert.deepEqual(singles(' it'), [' it', 'it', ' It', 'It']);
    assert.deepEqual(singles('  it'), [' it', 'it', ' It', 'It']);
    assert.deepEqual(singles('t'), ['t']);
    assert.deepEqual(singles('it it'), []);
  });

  it('refuses a text that its vocabulary cannot write', async () => {
    const tokenizer = await open({ model: { type: 'Unigram', vocab: [['a', -1]] } });
    assert.deepEqual(tokenizer.encode('aa'), [0, 0]);
    assert.throws(() => tokenizer.encode('ab'), { code: 'PROMPT', message: /cannot write "b"/ });
    assert.deepEqual(tokenizer.candidates('b'), { pieces: [], singles: [] });
  });

  it('reads files of the first years, which leave out keys', async () => {
    const model = {
      unk_token: '',
      continuing_subword_prefix: '',
      vocab: { a: 0, b: 1, ab: 2 },
      merges: ['#version: 0.2', 'a b'],
    };
    assert.deepEqual((await open({ model })).encode('abb'), [2, 1]);
  });
});

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

/** As Llama 2's, but small. */
const llama = {
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ],
  },
  decoder: { type: 'Sequence', decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }] },
  added_tokens: [{ id: 8, content: '<s>', special: true }],
  model: {
    type: 'BPE',
    vocab: { '<unk>': 0, '▁': 1, t: 2, h: 3, e: 4, th: 5, the: 6, '▁the': 7, '<s>': 8 },
    merges: ['t h', 'th e', '▁ the'],
    unk_token: '<unk>',
  },
};

function added(id: number, content: string) {
  return { id, content, normalized: true };
}

function splitBy(regex: string, behavior = 'Isolated') {
  return { type: 'Split', pattern: { Regex: regex }, behavior, invert: false };
}

function textOf(tokenizer: Tokenizer, prompt: string): string {
  return tokenizer
    .encode(prompt)
    .map((id) => tokenizer.token(id).text)
    .join('');
}

async function named(name: string): Promise<Tokenizer> {
  return open(references.find((reference) => reference.name === name)?.tokenizer);
}

async function open(tokenizer: unknown): Promise<Tokenizer> {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'tokenizer.json'), JSON.stringify(tokenizer));
  return await Tokenizer.open(folder.path);
}
