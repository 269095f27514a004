/** How the text of a token is shown: what cannot be seen is made visible. */

/** A space as a thin raised dot. */
export const space = '·';
export const lineBreak = '⏎';

export interface ShownToken {
  readonly text: string;
  readonly special: boolean;
}

/** `·Mary`, `⏎`, `→`, `∅` for an empty one. Special tokens without their brackets, for small capitals: `endoftext`. */
export function visible({ text, special }: ShownToken): string {
  if (special) return text.replace(/^<\|?|\|?>$/g, '') || text;
  const shown = text.replaceAll(' ', space).replaceAll('\n', lineBreak).replaceAll('\t', '→').replaceAll('\r', '␍');
  return shown || '∅';
}

/** As it is quoted in sentences and labels, with its spaces as they are: `' Mary'`. */
export function quoted({ text, special }: ShownToken): string {
  return special ? text : `'${text.replaceAll('\n', lineBreak)}'`;
}
