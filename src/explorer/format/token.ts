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
  return plain(text.replaceAll(' ', space).replaceAll('\n', lineBreak).replaceAll('\t', '→')) || '∅';
}

/** As it is quoted in sentences and labels, with its spaces as they are: `' Mary'`. */
export function quoted({ text, special }: ShownToken): string {
  return special ? text : `'${plain(text.replaceAll('\n', lineBreak))}'`;
}

/** Control characters as their pictures (`␇`); by name those that would turn the direction of what is written around them. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (character) => {
    const code = character.codePointAt(0) as number;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '␡' : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}
