/** What the figures of an answer come to for what is looked at: a token of it, several in a row, or a token before them. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import type { TokenAttributed, TokenGenerated } from '../../state/answer.ts';
import type { Selection } from '../../state/selection.ts';

export type Row = Pick<TokenAttributed, 'scores' | 'bias' | 'intercept' | 'audit' | 'target'>;

/** Of a token of the answer, by position before it. */
export interface Scores {
  readonly scores: readonly number[];
}

/** An answer as far as it is there. */
export interface Written<Of extends Scores = Row> {
  readonly prompt: readonly (TokenPartsFragment & { readonly role?: string | null })[];
  readonly answer: readonly TokenGenerated[];
  /** By token of the answer; what has not come yet is absent. */
  readonly rows: readonly (Of | undefined)[];
}

/** Whether a token of the answer is looked at for what it comes from, or for what it gives to those after it. */
export type Direction = 'from' | 'to';

/** What is looked at: positions in prompt and answer together, both included. */
export interface Focus {
  readonly direction: Direction;
  readonly first: number;
  readonly last: number;
}

/** Prompt and answer in one. */
export function textOf({ prompt, answer }: Pick<Written, 'prompt' | 'answer'>): TokenPartsFragment[] {
  return [...prompt, ...answer.map(({ token }) => token)];
}

/** Undefined where nothing of the answer or its prompt is meant. A token of the prompt comes from nothing: it gives. */
export function focusOf(
  { position, end }: Selection,
  { prompt, answer }: Pick<Written, 'prompt' | 'answer'>,
  direction: Direction,
): Focus | undefined {
  const length = prompt.length + answer.length;
  if (position === undefined || position >= length) return undefined;
  const isPrompt = position < prompt.length;
  const last = Math.min(Math.max(position, end ?? position), (isPrompt ? prompt.length : length) - 1);
  return { direction: isPrompt ? 'to' : direction, first: position, last };
}

/** What several tokens of the answer come from together. */
export interface RowSum {
  /** Of each position before the last of them. */
  readonly scores: readonly number[];
  readonly bias: number;
  readonly intercept: number;
  /** Of what is explained, and of what the scores and the rest of each come to. */
  readonly explained: number;
  readonly sum: number;
  /** Whether each of them adds up. */
  readonly passed: boolean;
}

/**
 * The sum of the rows of some tokens of the answer, in double precision.
 * @param first @param last their places in the answer, both included
 * @returns undefined as long as one of them has not come
 */
export function summed({ rows }: Pick<Written, 'rows'>, first: number, last: number): RowSum | undefined {
  const found = Array.from({ length: last - first + 1 }, (_, at) => rows[first + at]);
  if (!found.every((row) => row !== undefined)) return undefined;
  const total = (of: (row: Row) => number) => found.reduce((sum, row) => sum + of(row), 0);
  return {
    scores: Array.from({ length: found.at(-1)?.scores.length ?? 0 }, (_, at) => total(({ scores }) => scores[at] ?? 0)),
    bias: total(({ bias }) => bias),
    intercept: total(({ intercept }) => intercept),
    explained: total(({ audit }) => audit.logit),
    sum: total(({ audit }) => audit.sum),
    passed: found.every(({ audit }) => audit.passed),
  };
}

/** What the positions from `first` to `last` give to each token of the answer; null where they come after it, or it has not come. */
export function given(
  { prompt, answer, rows }: Written<Scores>,
  { first, last }: Pick<Focus, 'first' | 'last'>,
): (number | null)[] {
  return answer.map((_, index) => {
    const row = rows[index];
    if (!row || first >= prompt.length + index) return null;
    return row.scores.slice(first, last + 1).reduce((sum, score) => sum + score, 0);
  });
}

/** By position in prompt and answer, what is drawn of it; null where there is nothing. */
export function valuesOf(written: Written, focus: Focus): (number | null)[] {
  const { prompt, answer } = written;
  if (focus.direction === 'to') return [...prompt.map(() => null), ...given(written, focus)];
  const sum = summed(written, focus.first - prompt.length, focus.last - prompt.length);
  return Array.from({ length: prompt.length + answer.length }, (_, position) => sum?.scores[position] ?? null);
}
