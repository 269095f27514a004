/** The strongest of very many numbers, without sorting them all. */
import { at } from '../../inference/rows.ts';

/** @returns places of the `count` largest numbers above 0, largest first; of equal ones the first first */
export function strongest(values: Float32Array, count: number): number[] {
  const places: number[] = [];
  const valueAt = (rank: number) => at(values, at(places, rank));
  for (const [place, value] of values.entries()) {
    if (value <= 0 || (places.length === count && !(count > 0 && value > valueAt(count - 1)))) continue;
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (valueAt(middle) >= value) low = middle + 1;
      else high = middle;
    }
    places.splice(low, 0, place);
    if (places.length > count) places.pop();
  }
  return places;
}
