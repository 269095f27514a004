/** How tokens, targets, methods and figures are called in sentences. */
import type { AttributionMethod, TargetKind, TargetPartsFragment, TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { exact, rounded, signed } from '../../format/number.ts';
import { quoted, type ShownToken } from '../../format/token.ts';

export type Unit = 'logits' | 'nats' | 'of the probability' | 'of the attention';

/** What scores are counted in. */
export function unitOf(method: AttributionMethod, kind: TargetKind): Unit {
  if (method === 'ATTENTION_ROLLOUT') return 'of the attention';
  return ({ LOGIT: 'logits', LOG_PROBABILITY: 'nats', PROBABILITY: 'of the probability' } as const)[kind];
}

/** `+17.4 logits` */
export function scored(score: number, unit: Unit): string {
  return `${unit === 'of the attention' ? rounded(score) : signed(score)} ${unit}`;
}

/** With all its digits: `+17.41423797607422 logits`. */
export function scoredExactly(score: number, unit: Unit): string {
  return `${score > 0 && unit !== 'of the attention' ? '+' : ''}${exact(score)} ${unit}`;
}

/** `ATTENTION ROLLOUT`: its name in the API, in words. */
export function methodName(method: AttributionMethod): string {
  return method.replaceAll('_', ' ');
}

type Aim = Pick<TargetPartsFragment, 'kind'> & {
  readonly token: ShownToken | null;
  readonly against: ShownToken | null;
};

/** `' Mary' rather than ' John'` */
export function aim({ token, against }: Aim): string {
  const wanted = token ? quoted(token) : 'the likeliest token';
  return against ? `${wanted} rather than ${quoted(against)}` : wanted;
}

/** What the sum of an audit is held against: `the logit of ' Mary' less that of ' John'`. */
export function explained({ token, against, kind }: Aim): string {
  const what = { LOGIT: 'logit', LOG_PROBABILITY: 'log-probability', PROBABILITY: 'probability' }[kind];
  const of = `the ${what} of ${token ? quoted(token) : 'the likeliest token'}`;
  return against ? `${of} less that of ${quoted(against)}` : of;
}

const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];

/** `' Mary'`, `the second ' John'`, `' the' at position 143`: so that everyone knows which one is meant. */
export function called(tokens: readonly TokenPartsFragment[], position: number): string {
  const token = tokens[position];
  if (!token) return `position ${position}`;
  const same = tokens.filter(({ tokenId }) => tokenId === token.tokenId);
  if (same.length === 1) return quoted(token);
  const ordinal = ordinals[same.indexOf(token)];
  return same.length <= ordinals.length && ordinal
    ? `the ${ordinal} ${quoted(token)}`
    : `${quoted(token)} at position ${position}`;
}

/** A sentence begins with a capital letter, a quoted token excepted. */
export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
