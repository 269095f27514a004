import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { open } from '../../../test/support/tokenizers.ts';
import { AnswerText } from './answer-text.ts';

/** One token for each byte. */
const ofBytes = (ids: readonly number[]) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(ids));
const bytesOf = (text: string) => [...Buffer.from(text)];

/** What is told with each token, and what the answer is after it. */
function told(prompt: readonly number[], answer: readonly number[], spell = ofBytes) {
  const text = new AnswerText(spell, prompt);
  return answer.map((token) => ({ piece: text.add(token), text: text.text }));
}

const pieces = (prompt: readonly number[], answer: readonly number[], spell = ofBytes) =>
  told(prompt, answer, spell).map(({ piece }) => piece);

describe('the text of an answer', () => {
  it('is told character by complete character', () => {
    assert.deepEqual(pieces(bytesOf('a'), bytesOf('é€b😀')), ['', 'é', '', '', '€', 'b', '', '', '', '😀']);
  });

  it('has what is not complete at its end as U+FFFD', () => {
    const texts = told(bytesOf('a'), bytesOf('b€')).map(({ text }) => text);
    assert.deepEqual(texts, ['b', 'b\uFFFD', 'b\uFFFD', 'b€']);
  });

  it('tells what is before the beginning of a character in the same token', () => {
    const bytes = [[], bytesOf('x '), [0x20, 0xe2], [0x82, 0xac, 0x21]];
    const spell = (ids: readonly number[]) => ofBytes(ids.flatMap((id) => bytes[id] as number[]));
    assert.deepEqual(pieces([1], [2, 3], spell), [' ', '€!']);
  });

  it('tells bytes that are no character when that is sure', () => {
    assert.deepEqual(pieces(bytesOf('a'), [0xe2, 0x41, 0xff, 0xe2, 0x82, 0xac]), [
      '',
      '\uFFFDA',
      '',
      '',
      '',
      '\uFFFD€',
    ]);
    assert.equal(told(bytesOf('a'), [0xff]).at(-1)?.text, '\uFFFD');
  });

  it('has a character that the prompt begins and the answer ends', () => {
    assert.deepEqual(pieces([...bytesOf('caf'), 0xc3], [0xa9, 0x21]), ['é', '!']);
    assert.deepEqual(pieces([0xe2], [0x82, 0xac]), ['', '€']);
    // Of what the prompt leaves open, nothing is the answer's.
    assert.deepEqual(pieces([...bytesOf('caf'), 0xc3], bytesOf('xé')), ['x', '', 'é']);
    assert.deepEqual(pieces([0xff, 0xc3], [0xa9, 0x21]), ['é', '!']);
  });

  it('is that of the whole less that of the prompt, wherever a text is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.nat(), (text, place) => {
        const bytes = bytesOf(text.toWellFormed());
        const cut = 1 + (place % bytes.length);
        const [prompt, answer] = [bytes.slice(0, cut), bytes.slice(cut)];
        const before = ofBytes(prompt);
        const complete = text.toWellFormed().startsWith(before) ? before : before.replace(/\uFFFD$/u, '');
        const expected = text.toWellFormed().slice(complete.length);
        assert.equal(pieces(prompt, answer).join(''), answer.length > 0 ? expected.replace(/\uFFFD+$/u, '') : '');
        assert.equal(told(prompt, answer).at(-1)?.text ?? '', answer.length > 0 ? expected : '');
      }),
    );
  });

  it('is told of without reading all of it again for each token', () => {
    let read = 0;
    const spell = (ids: readonly number[]) => {
      read += ids.length;
      return ofBytes(ids);
    };
    pieces(Array<number>(1000).fill(97), Array<number>(1000).fill(98), spell);
    assert.ok(read < 10_000, `${read} tokens were read`);
  });
});

describe('the text of an answer, by the tokenizers of well-known models', async () => {
  const lines = readFileSync(new URL('../../../test/reference/tokenizers/tokenizers.jsonl', import.meta.url), 'utf8');
  const listed = lines
    .trimEnd()
    .split('\n')
    .map((line): { name: string; tokenizer: unknown; cases: [string, number[], string[]][] } => JSON.parse(line));
  for (const { name, tokenizer: json, cases } of listed)
    it(`goes on from a prompt: ${name}`, async () => {
      const tokenizer = await open(json);
      const spell = (ids: readonly number[]) => tokenizer.spell(ids);
      for (const [, ids] of cases)
        for (const cut of new Set([1, ids.length >> 1, ids.length - 1])) {
          const [prompt, answer] = [ids.slice(0, cut), ids.slice(cut)];
          if (prompt.length === 0 || answer.length === 0) continue;
          const [before, whole] = [spell(prompt), spell(ids)];
          const begun = whole.startsWith(before) ? before : before.replace(/\uFFFD+$/u, '');
          const expected = whole.slice(begun.length);
          assert.ok(whole.startsWith(begun));
          assert.equal(told(prompt, answer, spell).at(-1)?.text, expected);
          assert.equal(pieces(prompt, answer, spell).join(''), expected.replace(/\uFFFD+$/u, ''));
        }
    });
});
