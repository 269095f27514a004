/** U+FFFD at the end of a text whose last character is not complete yet. */
const incomplete = /\uFFFD+$/u;

/**
 * The text of an answer, token by token, as it goes on from its prompt: tokens that begin a text may be written otherwise than
 * within one. Whatever the length of prompt and answer, a token costs no more than the few before it that are read with it.
 */
export class AnswerText {
  readonly #spell: (ids: readonly number[]) => string;
  /** What came before, so much as decides how the next token is written, and then what is not told completely. */
  #ids: number[];
  /** How many of them came before. */
  #known: number;
  #told = '';
  /** The text of what is not told completely. */
  #open = '';
  /** How much of it is told. */
  #openTold = 0;

  /** @param spell the text of tokens in a row, without special ones, as they are written in the midst of a text */
  constructor(spell: (ids: readonly number[]) => string, prompt: readonly number[]) {
    this.#spell = spell;
    this.#ids = [...prompt];
    this.#known = prompt.length;
  }

  /** All of it, the beginning of a character at its end as U+FFFD. */
  get text(): string {
    return this.#told + this.#open.slice(this.#openTold);
  }

  /** @returns what is new: a character comes with its last token */
  add(token: number): string {
    this.#ids.push(token);
    this.#open = this.#behind();
    const { length } = this.#open.replace(incomplete, '');
    const piece = this.#open.slice(this.#openTold, length);
    this.#told += piece;
    this.#openTold = length;
    // Tokens without text do not tell how the next one is written.
    if (length > 0 && length === this.#open.length) this.#settle();
    return piece;
  }

  #behind(): string {
    let before = this.#spell(this.#ids.slice(0, this.#known));
    const whole = this.#spell(this.#ids);
    // A prompt may end within a character, which the answer completes.
    while (!whole.startsWith(before)) before = before.slice(0, -1);
    return whole.slice(before.length);
  }

  #settle(): void {
    this.#ids = this.#ids.slice(this.#known);
    this.#known = this.#ids.length;
    this.#open = '';
    this.#openTold = 0;
  }
}
