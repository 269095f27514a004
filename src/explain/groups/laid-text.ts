/** A text and where each of its tokens begins in it. */

/** What reads tokens, as a tokenizer does. */
export interface TextReader {
  /** One token: U+FFFD stands for bytes that are no whole character. */
  token(id: number): { readonly text: string; readonly special: boolean };
  /** Several that follow each other, without special ones. */
  decode(ids: readonly number[]): string;
}

export interface LaidText {
  /** Of all tokens, special ones included, one behind the other. */
  readonly text: string;
  /** Where each token begins, which within a character is where that begins; at the end, the length. [tokens + 1] */
  readonly begins: readonly number[];
  /** Whether each token is a mark rather than text. [token] */
  readonly special: readonly boolean[];
}

/** At the end of what was read of a character that is not complete. */
const incomplete = /\uFFFD+$/u;

/** Tokens that are read together for the sake of their characters; in a text that is none, it would be all. */
const mostTogether = 32;

export function layText(ids: readonly number[], reader: TextReader): LaidText {
  const begins: number[] = [];
  const special: boolean[] = [];
  let text = '';
  /** Tokens whose last character is not complete, and what they read as. */
  let together: number[] = [];
  let open = '';
  let last: number | undefined;
  const close = () => {
    text += open;
    [together, open] = [[], ''];
  };
  for (const id of ids) {
    const token = reader.token(id);
    const isPart = !token.special && token.text.includes('\uFFFD');
    if (!isPart || together.length === mostTogether) close();
    begins.push(text.length + open.replace(incomplete, '').length);
    special.push(token.special);
    if (isPart) {
      together.push(id);
      open = textOf(together, reader);
      if (!incomplete.test(open)) close();
    } else text += gapBetween(last, id, reader) + token.text;
    last = isPart || token.special ? undefined : id;
  }
  close();
  return { text, begins: [...begins, text.length], special };
}

/** A tokenizer may take the space before a text for its own. */
function textOf(ids: readonly number[], reader: TextReader): string {
  const text = reader.decode(ids);
  const first = reader.token(ids[0] ?? -1).text;
  return first.startsWith(' ') && !text.startsWith(' ') ? ` ${text}` : text;
}

/** The space that stands between two tokens of a vocabulary that does not write it (WordPiece). */
function gapBetween(before: number | undefined, id: number, reader: TextReader): string {
  if (before === undefined) return '';
  const [left, right] = [reader.token(before).text, reader.token(id).text];
  if (/\s$/u.test(left) || /^\s/u.test(right)) return '';
  return reader.decode([before, id]) === `${left} ${right}` ? ' ' : '';
}
