/** Scores of groups: sums of those of their tokens. */
import { at } from '../../inference/rows.ts';
import type { TokenGroup } from './group.ts';

/** Of each group, in double precision. @param scores by position; beyond them there are none */
export function sumsOf(groups: readonly TokenGroup[], scores: ArrayLike<number>): number[] {
  return groups.map(({ from, to }) => {
    let sum = 0;
    for (let position = from; position < to && position < scores.length; position++) sum += at(scores, position);
    return sum;
  });
}
