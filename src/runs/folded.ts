/** Characters of LIKE's patterns, which Prisma's `contains` does not escape, and the one at which SQLite ends a text. */
const special = /[%_\0]/g;
/** Of the private use area: no tokenizer writes them. */
const substitutes: Readonly<Record<string, string>> = { '%': '\uf8fd', _: '\uf8fe', '\0': '\uf8ff' };

/** A text as it is stored to be searched, and looked for: whatever the case of its letters, each character as itself. */
export function folded(text: string): string {
  return text.toLowerCase().replace(special, (character) => substitutes[character] as string);
}
