/** The template of a sweep's prompts: which slots it has, and how many prompts they make. */

/** Names of the slots, in the order in which they come; `{{` and `}}` are braces of the text. */
export function slotsIn(template: string): string[] {
  const names = Array.from(template.matchAll(/\{\{|\}\}|\{([^{}]*)\}/g), ([, name]) => name?.trim());
  return [...new Set(names.filter((name) => name !== undefined && name !== ''))] as string[];
}

/** One a line; spaces belong to a value, empty lines do not. */
export function valuesIn(text: string): string[] {
  return [...new Set(text.split('\n').map((line) => line.replace(/\r$/, '')))].filter((line) => line !== '');
}

/**
 * How many prompts all combinations make.
 *
 * @param values of each slot @param different places of slots that take different values
 */
export function combinations(values: readonly (readonly string[])[], different: readonly number[]): number {
  const others = values.filter((_, slot) => !different.includes(slot)).reduce((count, { length }) => count * length, 1);
  return others * differing(different.map((slot) => values[slot] ?? []));
}

/** Of choices of one value each that all differ: those with each next value that was not taken yet. */
function differing(values: readonly (readonly string[])[], taken: ReadonlySet<string> = new Set()): number {
  const [first, ...rest] = values;
  if (!first) return 1;
  // Where all have the same values, which the first one takes does not matter.
  if (values.every((other) => isSame(other, first))) {
    const free = first.filter((value) => !taken.has(value)).length;
    return values.reduce((count, _, place) => count * Math.max(0, free - place), 1);
  }
  return first
    .filter((value) => !taken.has(value))
    .reduce((count, value) => count + differing(rest, new Set([...taken, value])), 0);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, place) => value === other[place]);
}
