/** Characters of LIKE's patterns, which Prisma's `contains` does not escape, the one at which SQLite ends a text, and ς for σ. */
const special = /[%_\0ς]/g;
/** Of the private use area. */
const substitutes: Readonly<Record<string, string>> = { '%': '\uf8fd', _: '\uf8fe', '\0': '\uf8ff', ς: 'σ' };

/** A text as it is stored to be searched, and looked for: whatever the case of its letters, each character as itself. */
export function folded(text: string): string {
  return text.toLowerCase().replace(special, (character) => substitutes[character] as string);
}
