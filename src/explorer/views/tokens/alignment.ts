/** Two answers about one prompt, token by token. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import type { Answer } from './answer.ts';
import type { Figures } from './measure.ts';
import { called, methodName, scored, sentence } from './wording.ts';

/** Whether both read the same tokens, so that they can stand under one another. */
export function sameTokens(one: readonly TokenPartsFragment[], other: readonly TokenPartsFragment[]): boolean {
  return (
    one.length === other.length && one.every(({ text, special }, at) => text === other[at]?.text && special === other[at].special)
  );
}

/** The second less the first, token by token; undefined where they are not counted in the same unit. */
export function differences(first: Figures, second: Figures): (number | null)[] | undefined {
  if (first.measure !== second.measure || (first.measure === 'score' && first.unit !== second.unit)) return undefined;
  return first.values.map((value, at) => {
    const other = second.values[at] ?? null;
    return value === null || other === null ? null : other - value;
  });
}

/** Where the two disagree most: `They differ most at ' Mary': FROZEN +17.4 logits, GRADIENT −0.181 logits.` */
export function comparisonCaption(first: Answer, second: Answer): string {
  const tokens = first.tokens.map(({ token }) => token);
  const names = [first, second].map(({ method, target, unit }) =>
    first.method === second.method ? `${methodName(method)} for '${target.token.text}'` : methodName(method),
  );
  if (first.unit !== second.unit)
    return `${names[0]} counts ${first.unit}, ${names[1]} ${second.unit}: their shares can be compared, not their scores.`;
  let widest = 0;
  for (const [at, { score }] of first.tokens.entries()) {
    const distance = Math.abs((second.tokens[at]?.score ?? 0) - score);
    const most = Math.abs((second.tokens[widest]?.score ?? 0) - (first.tokens[widest]?.score ?? 0));
    if (distance > most) widest = at;
  }
  const [one, other] = [first.tokens[widest]?.score ?? 0, second.tokens[widest]?.score ?? 0];
  if (one === other) return 'Both give every token the same score.';
  return sentence(
    `they differ most at ${called(tokens, widest)}: ${names[0]} ${scored(one, first.unit)}, ${names[1]} ${scored(other, second.unit)}.`,
  );
}
