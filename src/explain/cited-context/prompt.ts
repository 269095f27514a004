/** A prompt that is made of passages: as text, with some of them left out, and where in its tokens each passage lies. */
import type { Tokenizer } from '../../checkpoint/tokenizer.ts';
import { TributaryError } from '../../errors.ts';
import type { Span } from '../../inference/span.ts';

export interface PassagePrompt {
  readonly before: string;
  /** Each as it stands in the prompt, its name included; at least one. */
  readonly passages: readonly string[];
  /** Between a passage and the next one. */
  readonly separator: string;
  readonly after: string;
}

/** What is needed of a tokenizer. */
export type Splitting = Pick<Tokenizer, 'encode' | 'token'>;

/** @param leftOut passages that are left out, by their places: with each of them goes one separator */
export function textOf(
  { before, passages, separator, after }: PassagePrompt,
  leftOut: ReadonlySet<number> = new Set(),
): string {
  return before + passages.filter((_, place) => !leftOut.has(place)).join(separator) + after;
}

/**
 * The ids of the prompt without some of its passages, split as a whole.
 * @throws TributaryError PROMPT where nothing is left of it, or more than the model can read
 */
export function idsWithout(
  tokenizer: Splitting,
  prompt: PassagePrompt,
  leftOut: ReadonlySet<number>,
  longest: number,
): number[] {
  const ids = tokenizer.encode(textOf(prompt, leftOut));
  if (ids.length >= 1 && ids.length <= longest) return ids;
  const without = `${leftOut.size === 1 ? 'passage' : 'passages'} ${[...leftOut].join(', ')}`;
  throw new TributaryError(
    'PROMPT',
    `Without the ${without} the prompt has ${ids.length} tokens; it takes at least one and, with the answer behind it, at most ${longest}: leave fewer passages out, or put some text before or after them`,
  );
}

/**
 * The positions of each passage, as the prompt is split as a whole. A token that has characters of a passage belongs to it,
 * one that has characters of two belongs to the first.
 * @param ids of the whole prompt
 * @param proceed called before each passage; throws to stop
 */
export function placesOf(
  tokenizer: Splitting,
  prompt: PassagePrompt,
  ids: readonly number[],
  proceed: () => void = () => undefined,
): Span[] {
  const text = textOf(prompt);
  // Special tokens that are put behind every text.
  const around = tokenizer.encode('');
  const behind = around.length - lengthOfSame(around, ids);
  const own = ids.slice(0, ids.length - behind);
  const tokensAt = (end: number) => {
    const before = tokenizer.encode(text.slice(0, end));
    return tokensBefore(tokenizer, before.slice(0, before.length - behind), own);
  };
  let [at, taken] = [prompt.before.length, 0];
  return prompt.passages.map((passage) => {
    proceed();
    const from = Math.max(taken, tokensAt(at).ended);
    at += passage.length;
    taken = Math.max(from, tokensAt(at).begun);
    at += prompt.separator.length;
    return { from, to: taken };
  });
}

/**
 * How many tokens of a text end, and how many begin, within what is the beginning of it.
 * @param before the beginning split by itself: the last tokens of it may be others than the text has there
 */
function tokensBefore(
  tokenizer: Splitting,
  before: readonly number[],
  ids: readonly number[],
): { readonly ended: number; readonly begun: number } {
  const width = (id: number) => tokenizer.token(id).text.length;
  const same = lengthOfSame(before, ids);
  let left = before.slice(same).reduce((sum, id) => sum + width(id), 0);
  let [ended, begun] = [same, same];
  while (left > 0 && begun < ids.length) {
    left -= width(ids[begun] as number);
    begun++;
    if (left >= 0) ended = begun;
  }
  return { ended, begun };
}

/** How many elements two lists have in common from the first on. */
export function lengthOfSame(one: readonly number[], other: readonly number[]): number {
  const apart = one.findIndex((value, index) => value !== other[index]);
  return apart === -1 ? one.length : apart;
}
