/** Takes a view along: as SVG, PNG, CSV, JSON, or as the query behind it. */
import type { Takeaway } from './takeaway.ts';

export function TakeawayMenu({ takeaway }: { readonly takeaway: Takeaway }) {
  return (
    <button type="button" aria-label={`Take ${takeaway.name} along`}>
      ⤓
    </button>
  );
}
