/** What a shade of a contribution means, with the largest magnitude. */
import { exact, rounded } from '../../format/number.ts';

export function Legend({ largest, unit }: { readonly largest: number; readonly unit: string }) {
  return (
    <span class="shades" title={`± ${exact(largest)}`}>
      −{rounded(largest)} <i aria-hidden="true" /> +{rounded(largest)} {unit}
    </span>
  );
}
