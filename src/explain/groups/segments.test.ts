import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ByteToken, laid } from '../../../test/support/byte-reader.ts';
import type { TokenGroup } from './group.ts';
import { type SegmentationName, segmentations, segmentGroups } from './segments.ts';

const names = Object.keys(segmentations) as SegmentationName[];
const bytes = (text: string, ...cuts: number[]): Uint8Array[] => {
  const all = Buffer.from(text);
  return [0, ...cuts].map((start, index) => all.subarray(start, cuts[index]));
};

/** The text of each group, between the ends of its tokens. */
function texts(by: SegmentationName, pieces: readonly (string | ByteToken)[], border?: number): string[] {
  const text = laid(...pieces);
  return segmentGroups(by, text, border).map(({ from, to }) => text.text.slice(text.begins[from], text.begins[to]));
}

describe('groups of tokens by segments of their text', () => {
  it('are words with the space before them, whole again where they were split, and marks', () => {
    const pieces = ['When', ' Mar', 'y', ' did', "n't", ' go', '...', ' to', ' the', ' store', ',', ' "', 'Hm', '?"'];
    assert.deepEqual(texts('WORDS', pieces), [
      'When',
      ' Mary',
      " didn't",
      ' go',
      '...',
      ' to',
      ' the',
      ' store',
      ',',
      ' "',
      'Hm',
      '?"',
    ]);
  });

  it('are words of code', () => {
    const pieces = [
      'def',
      ' read',
      '_',
      'file',
      '(',
      'path',
      '):\n',
      '    ',
      'return',
      ' open',
      '(path',
      ').',
      'read()',
    ];
    assert.deepEqual(texts('WORDS', pieces), [
      'def',
      ' read_file',
      '(',
      'path',
      '):\n',
      '    return',
      ' open',
      '(path',
      ').',
      'read()',
    ]);
    assert.deepEqual(texts('LINES', pieces), ['def read_file(path):\n', '    return open(path).read()']);
  });

  it('are words of a language without spaces, by a dictionary', () => {
    assert.deepEqual(texts('WORDS', ['我', '喜', '欢', '学', '习', '语', '言', '。']), [
      '我',
      '喜欢',
      '学习',
      '语言',
      '。',
    ]);
    assert.deepEqual(texts('WORDS', ['我喜', '欢学', '习']), ['我喜', '欢学', '习'], 'tokens over words stay whole');
    assert.deepEqual(texts('SENTENCES', ['我', '来了', '。', '你', '好', '！']), ['我来了。', '你好！']);
  });

  it('keep a character together that is split over tokens, also one of several code points', () => {
    assert.deepEqual(texts('WORDS', ['so', ...bytes(' 😀', 2, 3), ' what']), ['so', ' 😀', ' what']);
    const family = '👩‍👩‍👧';
    assert.deepEqual(texts('WORDS', ['a ', ...bytes(family, 2, 4, 7, 9, 13), 'b']), ['a ', family, 'b']);
    assert.deepEqual(texts('WORDS', ['the ', ...bytes('喜欢学习', 2, 5, 7, 10)]), ['the ', '喜欢', '学习']);
  });

  it('are sentences with the space before them', () => {
    const pieces = ['He', ' came', '.', ' Did', ' he', '?', '\n', '"', 'So', '!"', ' 3', '.', '5', ' km'];
    assert.deepEqual(texts('SENTENCES', pieces), ['He came.', ' Did he?', '\n"So!"', ' 3.5 km']);
  });

  it('are lines with their breaks, of which a token may have several', () => {
    assert.deepEqual(texts('LINES', ['a', ' b', '\n\n', 'c', '\r\n', 'd', ' e\n', '\n', 'f']), [
      'a b\n\n',
      'c\r\n',
      'd e\n',
      '\n',
      'f',
    ]);
  });

  it('have a special token by itself, with its name, and none goes over it or over the border', () => {
    const pieces = [{ special: '<s>' }, { special: '<u>' }, 'un', 'known', { special: '<e>' }, 'un', 'known', 'able'];
    for (const by of names) {
      const groups = segmentGroups(by, laid(...pieces), 7);
      assert.deepEqual(
        groups.map(({ from, to, name }) => [from, to, name]),
        [
          [0, 1, '<s>'],
          [1, 2, '<u>'],
          [2, 4, null],
          [4, 5, '<e>'],
          [5, 7, null],
          [7, 8, null],
        ],
      );
    }
  });

  it('are all of a text that is nothing but space, and none of no text', () => {
    for (const by of names) assert.deepEqual(texts(by, []), []);
    assert.deepEqual(texts('WORDS', [' ', '\n', ' ']), [' \n ']);
    assert.deepEqual(texts('WORDS', ['a', ' ', '\n']), ['a \n']);
  });

  it('cover every position once, whatever the text and the tokens', () => {
    const token = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      fc.string({ maxLength: 4, unit: 'grapheme' }),
      fc.constantFrom(' ', '. ', '\n', ' a', '!', { special: '<s>' }),
    );
    fc.assert(
      fc.property(fc.array(token), fc.constantFrom(...names), fc.nat(12), (pieces, by, border) => {
        const groups = segmentGroups(by, laid(...pieces), border);
        assertPartition(groups, pieces.length);
        assert.ok(groups.every(({ from, to }) => to <= border || from >= border));
      }),
      { seed: 1 },
    );
  });
});

function assertPartition(groups: readonly TokenGroup[], length: number): void {
  const positions = groups.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
  assert.deepEqual(positions, [...Array(length).keys()]);
  assert.ok(groups.every(({ from, to }) => from < to));
}
