/**
 * The text of an answer, as it goes on from its prompt: tokens that begin a text may be written otherwise than within one.
 * @param decode the text of tokens, without special ones
 */
export function answerText(
  decode: (ids: readonly number[]) => string,
  prompt: readonly number[],
  answer: readonly number[],
): string {
  const before = decode(prompt);
  const whole = decode([...prompt, ...answer]);
  // A prompt may end within a character, which the answer completes.
  return whole.startsWith(before) ? whole.slice(before.length) : decode(answer);
}

/** U+FFFD at the end of a text whose last character is not complete yet. */
const incomplete = /\uFFFD+$/u;

/** What a text has grown by, character by complete character, as it is told of token by token. */
export class GrowingText {
  #told = '';

  /** @param text the whole of it @param last whether nothing follows: then what is incomplete stays so @returns what is new of it */
  grow(text: string, last = false): string {
    const complete = last ? text : text.replace(incomplete, '');
    if (!complete.startsWith(this.#told)) return '';
    const piece = complete.slice(this.#told.length);
    this.#told = complete;
    return piece;
  }
}
