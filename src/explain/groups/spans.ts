/** Stretches of a text that are named by their positions, and what stands between them. */
import { inputError } from '../../errors.ts';
import type { TokenGroup } from './group.ts';

export interface Span {
  /** Its first position. */
  readonly from: number;
  /** The position before which it ends. */
  readonly to: number;
  readonly name: string | null;
}

/**
 * In the order of their positions, with a group of what is left in each stretch before, between and behind them.
 * @param spans within the text, in any order
 * @param border a position that no rest goes over: where an answer begins
 * @throws TributaryError INPUT, of the argument `spans`, for one that has no position, or that goes over another
 */
export function spanGroups(spans: readonly Span[], length: number, border = length): TokenGroup[] {
  const sorted = [...spans.entries()].sort(([, a], [, b]) => a.from - b.from);
  const groups: TokenGroup[] = [];
  let next = 0;
  const rest = (end: number) => {
    for (const stop of [border, end])
      if (next < stop && stop <= end) {
        groups.push({ from: next, to: stop, name: null, rest: true });
        next = stop;
      }
  };
  for (const [index, { from, to, name }] of sorted) {
    if (to <= from)
      throw inputError(
        `spans.${index}`,
        `A span begins before it ends; this one is from ${from} to ${to}, which is none of its positions`,
      );
    if (from < next)
      throw inputError(
        `spans.${index}`,
        `The position ${from} is in another span too; each position is in one at most, so that the sums are exact`,
      );
    rest(from);
    groups.push({ from, to, name, rest: false });
    next = to;
  }
  rest(length);
  return groups;
}
