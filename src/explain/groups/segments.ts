/** Words, lines and sentences of a text, as groups of its tokens. */
import { at } from '../../inference/rows.ts';
import type { TokenGroup } from './group.ts';
import type { LaidText } from './laid-text.ts';

/** How a text falls into segments: where each but the first begins, ascending. */
interface Segmentation {
  readonly description: string;
  readonly starts: (text: string) => number[];
}

/** White space stands before what it separates, as most vocabularies write it. */
const whiteSpace = /^\s+$/u;

export const segmentations = {
  WORDS: {
    description:
      'By words, with the white space before each; marks that follow each other, such as punctuation, are one group too. Words are those of Unicode (UAX 29), in languages without spaces those of a dictionary.',
    starts: wordStarts,
  },
  LINES: { description: 'By lines, each with the line break that ends it.', starts: lineStarts },
  SENTENCES: {
    description:
      'By sentences as Unicode tells them (UAX 29), with the white space before each: after `.`, `?` or `!`, also that of an abbreviation, and after a line break.',
    starts: sentenceStarts,
  },
} as const satisfies Record<string, Segmentation>;

export type SegmentationName = keyof typeof segmentations;

/**
 * A token belongs to the segment that it begins in; a segment in which none begins has no group. A special token is a group by
 * itself, with its name, and the text before it is another one than the text behind it.
 * @param border a position that no group goes over: where an answer begins
 */
export function segmentGroups(
  by: SegmentationName,
  { text, begins, special }: LaidText,
  border = special.length,
): TokenGroup[] {
  const groups: TokenGroup[] = [];
  const name = (position: number) => text.slice(at(begins, position), at(begins, position + 1));
  let from = 0;
  while (from < special.length) {
    if (special[from]) groups.push({ from, to: from + 1, name: name(from), rest: false });
    const end = special[from] ? from + 1 : endOfText(special, from, border);
    if (!special[from]) groups.push(...groupsWithin(segmentations[by], text, begins.slice(from, end + 1), from));
    from = end;
  }
  return groups;
}

/** Behind the last token of a text that no special one and no border interrupts. */
function endOfText(special: readonly boolean[], from: number, border: number): number {
  const next = special.indexOf(true, from);
  const end = next === -1 ? special.length : next;
  return from < border && border < end ? border : end;
}

/** @param begins of its tokens, and where it ends @param first the position of the first of them */
function groupsWithin({ starts }: Segmentation, text: string, begins: readonly number[], first: number): TokenGroup[] {
  const beginning = at(begins, 0);
  const ends = [...starts(text.slice(beginning, at(begins, begins.length - 1))), Number.POSITIVE_INFINITY];
  const groups: TokenGroup[] = [];
  let from = 0;
  let segment = 0;
  for (let token = 0; token < begins.length - 1; token++) {
    const before = segment;
    while (at(begins, token) - beginning >= at(ends, segment)) segment++;
    if (segment === before) continue;
    groups.push({ from: first + from, to: first + token, name: null, rest: false });
    from = token;
  }
  groups.push({ from: first + from, to: first + begins.length - 1, name: null, rest: false });
  return groups;
}

/** The same on every machine. */
const words = new Intl.Segmenter('en', { granularity: 'word' });
const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

function wordStarts(text: string): number[] {
  const starts: number[] = [];
  /** Where the white space before the next segment begins. */
  let white: number | undefined;
  let isMark = false;
  for (const { index, segment, isWordLike = false } of words.segment(text)) {
    if (whiteSpace.test(segment)) {
      white ??= index;
      continue;
    }
    const goesOn = isMark && !isWordLike && white === undefined;
    if (!goesOn) starts.push(white ?? index);
    [white, isMark] = [undefined, !isWordLike];
  }
  return starts.filter((start) => start > 0);
}

function lineStarts(text: string): number[] {
  return Array.from(text.matchAll(/\r\n|\r|\n/g), ({ 0: ending, index }) => index + ending.length);
}

function sentenceStarts(text: string): number[] {
  const starts = new Set<number>();
  for (let { index } of sentences.segment(text)) {
    while (index > 0 && whiteSpace.test(text.charAt(index - 1))) index--;
    starts.add(index);
  }
  starts.delete(0);
  return [...starts];
}
