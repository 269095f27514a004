/** A list in portions of so many, one at the least; the last may be smaller. */
export function portionsOf<Item>(items: readonly Item[], most: number): Item[][] {
  const size = Math.max(most, 1);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
