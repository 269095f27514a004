/** What a comparison says, in sentences. */
import type { CompareGroupsQuery } from '../../../../client/generated/graphql.ts';
import { percent, rounded, signed } from '../../../format/number.ts';
import { counted, runs } from '../aggregates.ts';

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
 * `Score: “Frozen” has +4.21 on average (500 runs), “Occlusion” +3.9 (480 runs): a difference of +0.31, …`
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
  const own = `${capital(figure.label)}: “${first}” has ${signed(a.mean)} on average (${runs(a.count)})`;
  const differs = b ? `, “${second}” ${signed(b.mean)} (${runs(b.count)}): a difference of ${signed(difference)}` : '';
  const lies = interval
    ? `, with ${percent(confidence)} confidence between ${signed(interval.low)} and ${signed(interval.high)}`
    : '';
  const verdict = isSignificant(told)
    ? 'That is more than chance alone would do'
    : 'That is no more than chance alone might do';
  const test = exact ? 'an exact permutation test' : 'a permutation test';
  const corrected =
    comparisons > 1 ? `, ${pInWords(adjustedPValue)} with all ${counted(comparisons)} comparisons allowed for` : '';
  const effect = effectInWords(effectSize, b && pairs === null ? 'Hedges’ g' : 'd of the differences');
  return `${own}${differs}${lies}. ${verdict}: ${pInWords(pValue)} by ${test}${corrected}${effect}.`;
}

function capital(label: string): string {
  return label.charAt(0).toUpperCase() + label.slice(1);
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

/** What of several figures differs more than by chance. @param what `heads` */
export function manyInWords(
  figures: readonly FigureComparison[],
  [first, second]: readonly [string, string],
  what: string,
): string {
  const found = strongest(figures.filter(isSignificant));
  const [top] = found;
  const between = figures[0]?.b ? `between “${first}” and “${second}”` : `from zero in “${first}”`;
  if (!top) return `None of ${counted(figures.length)} ${what} differs ${between} more than chance alone might do.`;
  const count = `${counted(found.length)} of ${counted(figures.length)} ${what} ${found.length === 1 ? 'differs' : 'differ'}`;
  return `${count} ${between} more than chance alone would do, all comparisons allowed for; most of all ${top.figure.label}, by ${signed(top.difference)} (${pInWords(top.adjustedPValue)}).`;
}

/** The largest differences first. */
export function strongest(figures: readonly FigureComparison[]): FigureComparison[] {
  return [...figures].sort((one, other) => Math.abs(other.difference) - Math.abs(one.difference));
}
