import { dot } from '../../inference/rows.ts';

/**
 * Spearman's ρ: the correlation of ranks, equal values sharing the mean of theirs. Null where one side is constant, for
 * then it has no order.
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const [x, y] = [centredRanks(a), centredRanks(b)];
  const size = Math.sqrt(dot(x, x) * dot(y, y));
  return size === 0 ? null : dot(x, y) / size;
}

/** From the middle rank. */
function centredRanks(values: ArrayLike<number>): Float64Array {
  const sorted = Array.from(values).sort((one, other) => one - other);
  const ends = new Map<number, { first: number; last: number }>();
  for (const [rank, value] of sorted.entries()) ends.set(value, { first: ends.get(value)?.first ?? rank, last: rank });
  return Float64Array.from(values, (value) => {
    const { first = 0, last = 0 } = ends.get(value) ?? {};
    return (first + last - (sorted.length - 1)) / 2;
  });
}
