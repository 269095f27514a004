/** Tokenizers in the settings of well-known models, against the reference library (test/reference/tokenizers). */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it, mock } from 'node:test';
import { added, open } from '../../test/support/tokenizers.ts';
import { Bpe } from './tokenization/bpe.ts';
import type { Tokenizer } from './tokenizer.ts';

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

/** Those that do not write every text, or write some of it in another way than they read it. */
const lossy = new Set([
  ...['added-tokens', 'added-tokens-prepended', 'stripped-left', 'unigram', 'unigram-unknown'],
  ...['characters-unknown', 'characters-fused', 'characters-whole', 'word-piece', 'word-piece-lower-case'],
  ...['merge-order', 'merge-order-whole', 'merge-order-end'],
]);

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

    if (!lossy.has(name))
      it('decodes a prompt to a text that it reads as the same', () => {
        const plain = cases.filter(([text]) => !/<s>|<\|endoftext\|>/.test(text));
        assert.ok(plain.length > 10);
        for (const [text, ids] of plain)
          assert.deepEqual(tokenizer.encode(tokenizer.decode(ids)), ids, JSON.stringify(text));
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

  it('decodes a character that is cut into tokens, and leaves special tokens out', async () => {
    for (const name of ['gpt2', 'llama2']) {
      const tokenizer = await named(name);
      const ids = tokenizer.encode('a 👍🏽');
      assert.ok(
        ids.some((id) => tokenizer.token(id).text.includes('\uFFFD')),
        name,
      );
      assert.equal(tokenizer.decode(ids), 'a 👍🏽', name);
      assert.equal(tokenizer.decode(ids.slice(0, -1)).at(-1), '\uFFFD', name);
    }
    const llama = await named('llama2');
    assert.deepEqual(llama.token(llama.encode('a')[0] ?? -1).special, true);
    assert.equal(llama.decode(llama.encode('a')), 'a');
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

function textOf(tokenizer: Tokenizer, prompt: string): string {
  return tokenizer
    .encode(prompt)
    .map((id) => tokenizer.token(id).text)
    .join('');
}

async function named(name: string): Promise<Tokenizer> {
  return open(references.find((reference) => reference.name === name)?.tokenizer);
}
