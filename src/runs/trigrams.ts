/** What the index of prompts is asked for: it knows which of them has three letters in a row, and not where. */

const size = 3;

/** So many of a text tell nearly as much as all of them, and take a fraction of the time. */
const most = 8;

/** Can a text be looked for by the index? */
export function hasTrigrams(folded: string): boolean {
  return Array.from(folded).length >= size;
}

/** @param folded of three characters at least @returns some of it; a prompt that has them all need not have the text */
export function trigramsOf(folded: string): string[] {
  const characters = Array.from(folded);
  const all = [...new Set(characters.slice(size - 1).map((_, at) => characters.slice(at, at + size).join('')))];
  return all.length <= most ? all : all.filter((_, at) => spread(at, all.length));
}

/** Is it one of `most`, as far from each other as can be? */
function spread(at: number, count: number): boolean {
  return Math.floor((at * most) / count) !== Math.floor(((at - 1) * most) / count);
}
