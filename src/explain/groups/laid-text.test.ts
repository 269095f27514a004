import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { byteReader, laid } from '../../../test/support/byte-reader.ts';
import { open } from '../../../test/support/tokenizers.ts';
import { layText } from './laid-text.ts';

describe('a text laid out by its tokens', () => {
  it('is the text, and each token begins where the character does in which its first byte is', () => {
    const cut = fc.record({ text: fc.string({ unit: 'grapheme' }), widths: fc.array(fc.integer({ min: 1, max: 6 })) });
    fc.assert(
      fc.property(cut, ({ text, widths }) => {
        const bytes = Buffer.from(text);
        const cuts = [0];
        for (let next = 0; (cuts.at(-1) as number) < bytes.length; next++)
          cuts.push(Math.min((cuts.at(-1) as number) + (widths[next % widths.length] ?? 3), bytes.length));
        const tokens = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
        const { text: found, begins, special } = layText([...tokens.keys()], byteReader(tokens));
        assert.equal(found, text);
        assert.deepEqual(
          begins,
          cuts.map((place) => charactersBefore(text, place)),
        );
        assert.ok(special.every((mark) => !mark));
      }),
      { seed: 1 },
    );
  });

  it('has special tokens in it, as they are named', () => {
    const { text, begins, special } = laid({ special: '<s>' }, 'a', ' b', { special: '<end>' });
    assert.equal(text, '<s>a b<end>');
    assert.deepEqual(begins, [0, 3, 4, 6, 11]);
    assert.deepEqual(special, [true, false, false, true]);
  });

  it('shows bytes that are no text, however many they are, and what follows them where it is', () => {
    const noise = Array.from({ length: 100 }, () => Uint8Array.of(0x80));
    const { text, begins } = laid(...noise, Uint8Array.of(0xf0, 0x9f), { special: '<s>' }, 'a');
    assert.match(text, /^\uFFFD{101}<s>a$/);
    assert.deepEqual(begins.slice(-3), [101, 104, 105]);
    assert.ok(begins.every((begin, token) => token === 0 || begin >= (begins[token - 1] as number)));
  });

  it('is of every kind of vocabulary what that decodes', async () => {
    const lines = await readFile(
      new URL('../../../test/reference/tokenizers/tokenizers.jsonl', import.meta.url),
      'utf8',
    );
    for (const line of lines.trim().split('\n')) {
      const {
        name,
        tokenizer: json,
        cases,
      } = JSON.parse(line) as {
        name: string;
        tokenizer: unknown;
        cases: [string, number[]][];
      };
      const tokenizer = await open(json);
      for (const [asked, ids] of cases) {
        const plain = ids.filter((id) => !tokenizer.token(id).special);
        const { text, begins } = layText(plain, tokenizer);
        const decoded = tokenizer.decode(plain);
        assert.ok(text === decoded || text === ` ${decoded}`, `${name}: ${JSON.stringify([asked, text, decoded])}`);
        assert.equal(begins.length, plain.length + 1);
      }
    }
  });
});

/** UTF-16 units of the characters that end before a byte, or with it. */
function charactersBefore(text: string, place: number): number {
  let [bytes, units] = [0, 0];
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > place) return units;
    units += character.length;
  }
  return units;
}
