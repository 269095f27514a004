/** The keys of a menu whose rows have two items each: copy and download. */

/** Where a key leads to: rows by up and down, the row's other item by left and right, all around; undefined for other keys. */
export function moved<Item>(items: readonly Item[], from: unknown, key: string): Item | undefined {
  const by = { ArrowDown: 2, ArrowUp: -2, ArrowRight: 1, ArrowLeft: -1 }[key];
  const at = items.indexOf(from as Item);
  if (key === 'Home') return items[0];
  if (key === 'End') return items.at(-1);
  if (by === undefined || items.length === 0) return undefined;
  if (at < 0) return items[0];
  const next = at + by;
  if (next >= 0 && next < items.length) return items[next];
  // From the last row to the first one and back, in the same column where it has one.
  return next < 0 ? items[items.length - 1] : items[Math.abs(by) === 2 ? next % 2 : 0];
}
