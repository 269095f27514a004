/** What is said of an answer: where it stands, why it ended, what its tokens come from. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { percent, rounded, signed } from '../../format/number.ts';
import { quoted } from '../../format/token.ts';
import type { GenerationCompleted, TokenGenerated } from '../../state/answer.ts';
import { called, scored } from '../tokens/wording.ts';
import type { RowSum, Written } from './figures.ts';

/** `1 token`, `9 tokens`. */
export function counted(count: number): string {
  return `${count} ${count === 1 ? 'token' : 'tokens'}`;
}

/** Tokens a second behind the first, before which the prompt was read; undefined before there is a second one. */
export function rateOf(tokens: readonly Pick<TokenGenerated, 'elapsed'>[]): number | undefined {
  const milliseconds = tokens.slice(1).reduce((sum, { elapsed }) => sum + elapsed, 0);
  return milliseconds > 0 ? ((tokens.length - 1) * 1000) / milliseconds : undefined;
}

/** `9 of at most 24 tokens · 31 tokens/s · 8 explained` */
export function growing({ answer, rows }: Written, { most, explained }: { most: number; explained: boolean }): string {
  const rate = rateOf(answer);
  const known = rows.filter(Boolean).length;
  return [
    `${answer.length} of at most ${counted(most)}`,
    ...(rate === undefined ? [] : [`${rounded(Number(rate.toPrecision(2)))} tokens/s`]),
    ...(explained && known < answer.length ? [`${known} explained`] : []),
  ].join(' · ');
}

/** `9 tokens: the last one, endoftext, ends an answer.` */
export function ending({ stopReason, tokens }: Pick<GenerationCompleted, 'stopReason' | 'tokens'>): string {
  const last = tokens.at(-1);
  const why = {
    STOP_TOKEN: `the last one${last ? `, ${quoted(last)},` : ''} ends an answer`,
    STOP_TEXT: 'a text that ends it stands in it',
    LENGTH: 'as many as it may have',
  }[stopReason];
  return `${counted(tokens.length)}: ${why}.`;
}

/** `3 tokens, ' drink to Mary'` */
export function spanName(tokens: readonly TokenPartsFragment[]): string {
  return `${counted(tokens.length)}, ${quoted({ text: tokens.map(({ text }) => text).join(''), special: false })}`;
}

/** Of what several tokens come from together. @param unit `logits` */
export function spanCaption(
  text: readonly TokenPartsFragment[],
  span: readonly TokenPartsFragment[],
  { scores }: RowSum,
  unit: string,
): string {
  const order = scores.map((score, position) => ({ score, position })).sort((one, other) => other.score - one.score);
  const [most, least] = [order[0], order.at(-1)];
  const name = spanName(span);
  if (!most || !least) return `${name}.`;
  if (most.score <= 0) return `${name}: no token speaks for them; ${called(text, least.position)} speaks against most.`;
  const against =
    least.score < 0
      ? `; ${called(text, least.position)} speaks against them (${signed(least.score)})`
      : '; none speaks against them';
  return `${name}: ${called(text, most.position)} speaks most for them (${scored(most.score, unit)})${against}.`;
}

/** Of what a token, or several, give to the answer. */
export function givenCaption(
  { prompt, answer }: Pick<Written, 'prompt' | 'answer'>,
  text: readonly TokenPartsFragment[],
  { first, last }: { readonly first: number; readonly last: number },
  values: readonly (number | null)[],
  unit: string,
): string {
  const name = first === last ? called(text, first) : spanName(text.slice(first, last + 1));
  const known = answer
    .map((_, index) => ({ position: prompt.length + index, value: values[index] ?? 0 }))
    .filter(({ value }) => value !== 0)
    .sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
  const [most] = known;
  if (!most) return `${sentenceOf(name)}: nothing behind it is explained yet.`;
  return `${sentenceOf(name)} matters most to ${called(text, most.position)} (${scored(most.value, unit)}), of all that came after it.`;
}

/** Of an answer of which nothing is chosen: where the model was least sure. */
export function wholeCaption({ prompt, answer }: Written, text: readonly TokenPartsFragment[]): string | undefined {
  const [least] = answer.toSorted((one, other) => one.probability - other.probability);
  if (!least) return undefined;
  const other = least.alternatives.find(({ token }) => token.tokenId !== least.token.tokenId);
  const instead = other ? `; it might have said ${quoted(other.token)} (${percent(other.probability)})` : '';
  return `The model was least sure of ${called(text, prompt.length + answer.indexOf(least))}, at ${percent(least.probability)}${instead}.`;
}

function sentenceOf(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** `43 %`, `0.4 %`, for figures in columns of one width. */
export function briefShare(value: number): string {
  return percent(value).replaceAll(' ', '');
}

/** Fixed decimals, for figures in columns of one width: `+17.4`, `−0.32`, `0`. */
export function brief(value: number): string {
  const size = Math.abs(value);
  if (size < 0.005) return '0';
  const text = size.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
  return `${value < 0 ? '−' : '+'}${text}`;
}
