/** The list as it is read by pages, and as changes come in. */

/** What of a run says where it stands. */
export interface Placed {
  readonly id: string;
  readonly createdAt: string;
}

export type Order = 'newest first' | 'oldest first';

export interface Changes<Run extends Placed> {
  readonly changed: readonly Run[];
  readonly removed: readonly string[];
}

/**
 * Changed runs in their places, new ones where they belong by when they were asked for, removed ones out.
 *
 * @param isWhole whether the last page was read; until then what belongs behind the last row is left to it
 */
export function merged<Run extends Placed>(
  rows: readonly Run[],
  { changed, removed }: Changes<Run>,
  isWhole: boolean,
  order: Order = 'newest first',
): Run[] {
  const gone = new Set(removed);
  const next = rows.filter(({ id }) => !gone.has(id));
  for (const run of changed) {
    const known = next.findIndex(({ id }) => id === run.id);
    if (known >= 0) {
      next[known] = run;
      continue;
    }
    const place = next.findIndex(({ createdAt }) =>
      order === 'newest first' ? createdAt <= run.createdAt : createdAt > run.createdAt,
    );
    if (place >= 0) next.splice(place, 0, run);
    else if (isWhole) next.push(run);
  }
  return next;
}

/** With the next page behind it: what is known of it already is as it is known, which is newer. */
export function appended<Run extends Placed>(rows: readonly Run[], page: readonly Run[]): Run[] {
  const known = new Set(rows.map(({ id }) => id));
  return [...rows, ...page.filter(({ id }) => !known.has(id))];
}

/** Rows that are drawn: those in sight and a few around them. Lengths in CSS pixels; `end` is exclusive. */
export function inSight(
  { top, height }: { readonly top: number; readonly height: number },
  rowHeight: number,
  count: number,
  around = 4,
): { readonly start: number; readonly end: number } {
  const start = Math.max(0, Math.min(count, Math.floor(top / rowHeight)) - around);
  return { start, end: Math.min(count, Math.ceil((top + height) / rowHeight) + around) };
}
