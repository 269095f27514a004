/** Two answers about one prompt, token by token. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import type { Answer } from './answer.ts';
import type { Figures, StripRow } from './measure.ts';
import { called, ofAttention, scored } from './wording.ts';

/** Whether both read the same tokens, so that they can stand under one another. */
export function sameTokens(one: readonly TokenPartsFragment[], other: readonly TokenPartsFragment[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ text, special }, at) => text === other[at]?.text && special === other[at].special)
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

/** Under one another: the first's figures, the second's, and their difference where there is one. On one scale where their units agree. */
export function pairRows(first: StripRow, second: StripRow): StripRow[] {
  const [one, other] = [first.figures, second.figures];
  if (!one || !other) return [first, second];
  const values = differences(one, other);
  if (!values) return [first, second];
  const largest = Math.max(one.largest, other.largest);
  const difference = { ...one, values, largest };
  return [
    { ...first, figures: { ...one, largest } },
    { ...second, figures: { ...other, largest } },
    { label: 'difference', figures: difference, plain: true },
  ];
}

/** Whether both explain the same token, so that what the model makes of their orders can be compared. */
export function isSameTarget(one: Answer, other: Answer): boolean {
  return one.target.position === other.target.position && one.target.token.tokenId === other.target.token.tokenId;
}

/** Where the two disagree most: `They differ most at ' Mary': Frozen +17.4 logits, Gradient × input −0.181 logits.` */
export function comparisonCaption(first: Answer, second: Answer, [name, otherName]: readonly [string, string]): string {
  if (first.unit !== second.unit)
    return `${name} counts ${inWords(first.unit)}, ${otherName} ${inWords(second.unit)}: their shares can be compared, not their scores.`;
  const distance = (at: number) => Math.abs((second.tokens[at]?.score ?? 0) - (first.tokens[at]?.score ?? 0));
  const widest = first.tokens.reduce((best, _, at) => (distance(at) > distance(best) ? at : best), 0);
  if (!distance(widest)) return 'Both give every token the same score.';
  const [score, otherScore] = [first, second].map(({ tokens, unit }) => scored(tokens[widest]?.score ?? 0, unit));
  const tokens = first.tokens.map(({ token }) => token);
  return `They differ most at ${called(tokens, widest)}: ${name} ${score}, ${otherName} ${otherScore}.`;
}

function inWords(unit: string): string {
  return unit === ofAttention ? 'attention' : unit;
}
