/** Tokens that were added to a vocabulary: found in a text before the model reads what lies between them. */
import type { AddedTokenJson } from '../tokenizer-json.ts';
import { wordCharacter } from './expression.ts';
import type { Model } from './model.ts';
import type { Normalizer } from './part.ts';
import type { Piece } from './pre-tokenizer.ts';
import { beforeUnicode17, spaceBefore, spaceBehind } from './unicode.ts';

/** Tokens by the first UTF-16 unit of what is looked for, the longest ones first. */
type Sought = ReadonlyMap<number, readonly (readonly [content: string, token: AddedTokenJson])[]>;

interface Section {
  readonly start: number;
  readonly end: number;
  readonly token?: AddedTokenJson;
}

/** Of a text, from `start` on, before `end`. */
interface Part {
  readonly start: number;
  readonly end: number;
  /** Ids of tokens, and the normalized text between them. */
  readonly pieces: readonly (number | Piece)[];
}

export class AddedTokens {
  readonly byId: ReadonlyMap<number, AddedTokenJson>;
  /** By the content, and by what the normalizer makes of it. */
  readonly bySpelling: ReadonlyMap<string, AddedTokenJson>;
  readonly #normalize: Normalizer;
  /** Looked for in the text as it is. */
  readonly #verbatim: Sought;
  /** Looked for, themselves normalized, in what the others leave, once that is normalized. */
  readonly #normalized: Sought;

  /** @throws Error for ids that the reference would not give them, and for tokens that cannot be told apart */
  constructor(tokens: readonly AddedTokenJson[], model: Model, normalize: Normalizer) {
    const named = tokens.filter(({ content }) => content !== '');
    checkIds(named, model);
    this.#normalize = normalize;
    this.byId = new Map(named.map((token) => [token.id, token]));
    const all = [...this.byId.values()];
    const asRead = all.map((token) => [this.normalized(token), token] as const);
    this.bySpelling = new Map([...asRead, ...all.map((token) => [token.content, token] as const)]);
    this.#verbatim = sought(asRead.filter(([, { normalized }]) => !normalized));
    this.#normalized = sought(asRead.filter(([, { normalized }]) => normalized));
  }

  /** What stands for a token in normalized text. */
  normalized({ content, normalized }: AddedTokenJson): string {
    return normalized ? this.#normalize(content) : content;
  }

  /** The text in order, cut at tokens that are looked for as it is. */
  split(text: string): Part[] {
    return sections(text, this.#verbatim).map(({ start, end, token }) => {
      if (token) return { start, end, pieces: [token.id] };
      const normalized = this.#normalize(text.slice(start, end));
      const pieces = sections(normalized, this.#normalized).map((section) => {
        if (section.token) return section.token.id;
        return { text: normalized.slice(section.start, section.end), first: start === 0 && section.start === 0 };
      });
      return { start, end, pieces };
    });
  }
}

/** The reference does not read the ids of the file: what the vocabulary does not have gets the next one. */
function checkIds(tokens: readonly AddedTokenJson[], model: Model): void {
  const ids = new Map<string, number>();
  let next = model.size;
  for (const { content, id } of tokens) {
    const given = model.vocabulary.get(content) ?? ids.get(content) ?? next++;
    ids.set(content, given);
    if (given === id) continue;
    const message = `the added token ${JSON.stringify(content)} has the id ${id}, where its place in the vocabulary is`;
    throw new Error(`${message} ${given}`);
  }
}

function sought(tokens: readonly (readonly [content: string, token: AddedTokenJson])[]): Sought {
  const byContent = new Map<string, AddedTokenJson>();
  for (const [content, token] of tokens) {
    const other = byContent.get(content);
    if (other) {
      const both = `${JSON.stringify(other.content)} and ${JSON.stringify(token.content)}`;
      throw new Error(`the added tokens ${both} are the same once they are normalized`);
    }
    if (content === '') {
      throw new Error(`nothing is left of the added token ${JSON.stringify(token.content)} once it is normalized`);
    }
    byContent.set(content, token);
  }
  const longestFirst = [...byContent].sort(([one], [other]) => other.length - one.length);
  return Map.groupBy(longestFirst, ([content]) => content.charCodeAt(0));
}

/** The whole text in order: of the tokens that begin first the longest ones, and what lies between. */
function sections(text: string, sought: Sought): Section[] {
  const found: Section[] = [];
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const match = sought.get(text.charCodeAt(at))?.find(([content]) => text.startsWith(content, at));
    if (match === undefined) continue;
    const [content, token] = match;
    const stop = at + content.length;
    if (!(token.single_word && (endsWithWord(text.slice(0, at)) || startsWithWord(text.slice(stop))))) {
      const start = token.lstrip ? end + spaceBehind(text.slice(end, at)) : at;
      if (end < start) found.push({ start: end, end: start });
      // A token within the white space that the one before has taken goes as far as that.
      if (!token.rstrip) end = stop;
      else if (end < stop) end = stop + spaceBefore(text.slice(stop));
      if (start < end) found.push({ start, end, token });
    }
    at = stop - 1;
  }
  if (end < text.length) found.push({ start: end, end: text.length });
  return found;
}

function endsWithWord(text: string): boolean {
  return wordBehind.test(beforeUnicode17(text.slice(-2)));
}

function startsWithWord(text: string): boolean {
  return wordBefore.test(beforeUnicode17(text.slice(0, 2)));
}

const wordBefore = new RegExp(`^${wordCharacter}`, 'u');
const wordBehind = new RegExp(`${wordCharacter}$`, 'u');
