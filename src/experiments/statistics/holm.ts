/**
 * p-values of several comparisons, so that the chance of any false finding among them is no more than that of one: Holm 1979,
 * *A Simple Sequentially Rejective Multiple Test Procedure*. The i-th smallest of m is max over j ≤ i of min(1, (m − j + 1)·p_j).
 */
import { at } from '../../inference/rows.ts';

/** In the order of what is given. */
export function holm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => at(pValues, a) - at(pValues, b));
  const adjusted = new Array<number>(pValues.length);
  let reached = 0;
  for (const [place, index] of order.entries()) {
    reached = Math.max(reached, Math.min(1, (pValues.length - place) * at(pValues, index)));
    adjusted[index] = reached;
  }
  return adjusted;
}
