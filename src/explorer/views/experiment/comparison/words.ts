/** What a comparison says, in sentences. */
import type { CompareGroupsQuery } from '../../../../client/generated/graphql.ts';
import { percent, rounded, signed } from '../../../format/number.ts';
import { counted } from '../aggregates.ts';

export type GroupComparison = Extract<CompareGroupsQuery['compareGroups'], { __typename: 'GroupComparison' }>;
export type FigureComparison = GroupComparison['figures'][number];

/** Of the tests that are made at once: how often one of them may err. */
export const level = 0.05;

export function isSignificant({ adjustedPValue }: Pick<FigureComparison, 'adjustedPValue'>): boolean {
  return adjustedPValue < level;
}

/** `p = 0.0021`, `p < 0.0001`: two significant digits. */
export function pInWords(p: number): string {
  if (p < 1e-4) return 'p < 0.0001';
  return `p = ${Number(p.toPrecision(2))}`;
}

/** `small`, `medium` or `large`, after Cohen 1988, of differences in standard deviations. */
function sizeInWords(effect: number): string {
  const size = Math.abs(effect);
  return size < 0.2 ? 'very small' : size < 0.5 ? 'small' : size < 0.8 ? 'medium' : 'large';
}

/**
 * `score: +4.21 on average in Frozen (500), +3.9 in Occlusion (480): a difference of +0.31, …`
 *
 * @param confidence of the interval
 */
export function figureInWords(
  told: FigureComparison,
  [first, second]: readonly [string, string],
  { comparisons, pairs }: Pick<GroupComparison, 'comparisons' | 'pairs'>,
  confidence: number,
): string {
  const { figure, a, b, difference, interval, pValue, exact, adjustedPValue, effectSize } = told;
  const own = `${signed(a.mean)} on average in ${first} (${counted(a.count)})`;
  const means = b ? `${own}, ${signed(b.mean)} in ${second} (${counted(b.count)})` : own;
  const lies = interval
    ? `, with ${percent(confidence)} confidence between ${signed(interval.low)} and ${signed(interval.high)}`
    : '';
  const differs = `${b ? 'a difference of' : 'away from zero by'} ${signed(difference)}${lies}`;
  const verdict = isSignificant(told) ? 'More than chance alone would do' : 'No more than chance alone might do';
  const test = exact ? 'an exact permutation test' : 'a permutation test';
  const corrected =
    comparisons > 1
      ? `, ${pInWords(adjustedPValue)} with all ${counted(comparisons)} comparisons allowed for (Holm)`
      : '';
  return `${figure.label}: ${means}: ${differs}. ${verdict}: ${pInWords(pValue)} by ${test}${corrected}${effectInWords(effectSize, b && pairs === null ? 'Hedges’ g' : 'd of differences')}.`;
}

function effectInWords(effect: number | null, name: string): string {
  return effect === null ? '' : `; effect size ${rounded(effect)} (${name}), ${sizeInWords(effect)}`;
}

/** What was left out, and how pairs were made. */
export function pairsInWords({ pairs, missing }: Pick<GroupComparison, 'pairs' | 'missing'>): string {
  return [
    pairs !== null && `${counted(pairs)} ${pairs === 1 ? 'pair' : 'pairs'}.`,
    missing > 0 &&
      `${counted(missing)} ${missing === 1 ? 'run is' : 'runs are'} left out: without the figure, or without a partner.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** What of several figures differs more than by chance. */
export function manyInWords(
  figures: readonly FigureComparison[],
  [first, second]: readonly [string, string],
  what: string,
): string {
  const found = strongest(figures.filter(isSignificant));
  const count = `${counted(found.length)} of ${counted(figures.length)} ${what}`;
  const [top] = found;
  if (!top)
    return `None of ${counted(figures.length)} ${what} differs between ${first} and ${second} more than chance alone might do.`;
  return `${count} ${found.length === 1 ? 'differs' : 'differ'} between ${first} and ${second} more than chance alone would do; most of all ${top.figure.label}, by ${signed(top.difference)} (${pInWords(top.adjustedPValue)}).`;
}

/** The largest differences first. */
export function strongest(figures: readonly FigureComparison[]): FigureComparison[] {
  return [...figures].sort((one, other) => Math.abs(other.difference) - Math.abs(one.difference));
}
