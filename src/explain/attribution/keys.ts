/** Keys of a selection, under which parts of an answer are stored: a part's name, and what of it is meant. */

/** The name of the part that a key is of: `edges` of `edges.DIRECT`. */
export function nameOf(key: string): string {
  return key.split('.', 1)[0] ?? key;
}
