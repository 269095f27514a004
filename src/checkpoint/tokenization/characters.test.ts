/** What each character is to the steps of a tokenizer, against the reference library (test/reference/tokenizers). */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { normalizer } from './normalizer.ts';
import { preTokenizer } from './pre-tokenizer.ts';

interface Reference {
  readonly step: 'normalizer' | 'pre_tokenizer';
  readonly part: Readonly<Record<string, unknown>>;
  readonly before: string;
  readonly behind: string;
  readonly characters: string;
}

const lines = await readFile(new URL('../../../test/reference/tokenizers/characters.jsonl', import.meta.url), 'utf8');

describe('of all characters', () => {
  for (const line of lines.trim().split('\n')) {
    const { step, part, before, behind, characters } = JSON.parse(line) as Reference;
    const around = `between ${JSON.stringify(before)} and ${JSON.stringify(behind)}`;
    it(`${JSON.stringify(part)} changes or splits off, ${around}, those that the reference does`, () => {
      const changes = step === 'normalizer' ? changing(part) : splitting(part);
      const found: number[] = [];
      for (let code = 0; code < 0x20000; code++) {
        if (code >= 0xd800 && code < 0xe000) continue;
        if (changes(`${before}${String.fromCodePoint(code)}${behind}`)) found.push(code);
      }
      assert.equal(ranges(found), characters);
    });
  }
});

function changing(part: unknown): (text: string) => boolean {
  const normalize = normalizer.parse(part);
  return (text) => normalize(text) !== text;
}

function splitting(part: unknown): (text: string) => boolean {
  const split = preTokenizer.parse(part);
  return (text) => split({ text, first: true }).length !== 1;
}

function ranges(codes: readonly number[]): string {
  const found: [first: number, last: number][] = [];
  for (const code of codes) {
    const last = found.at(-1);
    if (last?.[1] === code - 1) last[1] = code;
    else found.push([code, code]);
  }
  return found.map((range) => [...new Set(range)].map((code) => code.toString(16)).join('-')).join(' ');
}
