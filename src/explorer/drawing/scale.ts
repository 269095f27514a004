/** Linear scales, from figures to places. */

/** @param domain two figures that differ @param range their places; beyond them it goes on */
export function linear(domain: readonly [number, number], range: readonly [number, number]): (value: number) => number {
  const slope = (range[1] - range[0]) / (domain[1] - domain[0]);
  return (value) => range[0] + (value - domain[0]) * slope;
}
