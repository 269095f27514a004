/** How tokens, targets, methods and figures are called in sentences. */
import type { AttributionMethod, TargetPartsFragment, TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { exact, rounded, signed } from '../../format/number.ts';
import { targetWords } from '../../format/target.ts';
import { quoted } from '../../format/token.ts';

/** Of rollout, whose scores are never negative, and of no target. */
export const ofAttention = 'of the attention';

/** What scores are counted in. */
export function unitOf(method: AttributionMethod, target: TargetPartsFragment): string {
  return method === 'ATTENTION_ROLLOUT' ? ofAttention : targetWords(target).unit;
}

/** `+17.4 logits` */
export function scored(score: number, unit: string): string {
  return `${unit === ofAttention ? rounded(score) : signed(score)} ${unit}`;
}

/** With all its digits: `+17.41423797607422`. */
export function exactly(value: number, unit: string): string {
  return `${value > 0 && unit !== ofAttention ? '+' : ''}${exact(value)}`;
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
