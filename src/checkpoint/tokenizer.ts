/** A checkpoint's tokenizer, as the reference (Rust) library reads it, and every token's own text. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TributaryError } from '../errors.ts';
import { readConfig, readJsonObject } from './config.ts';
import { faulty } from './faulty.ts';
import { type Spelling, spellingOf } from './spelling.ts';
import { AddedTokens } from './tokenization/added-tokens.ts';
import { Bpe } from './tokenization/bpe.ts';
import type { Model } from './tokenization/model.ts';
import { placesOf, type TextSpan } from './tokenization/places.ts';
import type { PostProcessor } from './tokenization/post-processor.ts';
import type { PreTokenizer } from './tokenization/pre-tokenizer.ts';
import { Unigram } from './tokenization/unigram.ts';
import { WordPiece } from './tokenization/word-piece.ts';
import { stepsSchema, type TokenizerJson, type TokenizerSteps, tokenizerSchema } from './tokenizer-json.ts';
import { ifThere } from './unreadable.ts';

const tokenizerFile = 'tokenizer.json';

export interface TokenText {
  readonly id: number;
  /** As decoded, spaces and all; U+FFFD stands for bytes that are no whole character. */
  readonly text: string;
  readonly special: boolean;
}

/** A token in a text. */
export interface PlacedToken extends TextSpan {
  readonly id: number;
  /** Whether it is known to stand exactly there, not only somewhere within. */
  readonly exact: boolean;
}

/** Texts whose ids are kept: one request may name the same text many times. */
const mostRecent = 8;

export class Tokenizer {
  /** One more than the highest id that the tokenizer knows; a model's vocabulary may be padded beyond it. */
  readonly size: number;
  /** Characters of the longest token, special ones included: n tokens never write more than n times as many. */
  readonly longestToken: number;
  readonly #model: Model;
  readonly #added: AddedTokens;
  readonly #preTokenizer: PreTokenizer;
  readonly #postProcessor: PostProcessor;
  readonly #spelling: Spelling;
  /** By id, as the model's vocabulary has them. */
  readonly #pieces: readonly (string | undefined)[];
  /** Ids of the texts that were encoded last, the latest at the end. */
  readonly #recent = new Map<string, readonly number[]>();

  private constructor(json: TokenizerJson, { normalizer, pre_tokenizer, post_processor }: TokenizerSteps) {
    this.#model = modelOf(json.model);
    this.#added = new AddedTokens(json.added_tokens, this.#model, normalizer ?? ((text) => text));
    this.#preTokenizer = pre_tokenizer ?? ((piece) => [piece]);
    this.#postProcessor = post_processor ?? ((ids) => [...ids]);
    this.#spelling = spellingOf(json);
    const pieces: (string | undefined)[] = [];
    for (const [piece, id] of this.#model.vocabulary) pieces[id] = piece;
    this.#pieces = pieces;
    const { vocabulary } = this.#model;
    this.size = [...vocabulary.values(), ...this.#added.byId.keys()].reduce((size, id) => Math.max(size, id + 1), 0);
    const contents = [...vocabulary.keys(), ...this.#added.bySpelling.keys()];
    this.longestToken = contents.reduce((longest, piece) => Math.max(longest, piece.length), 1);
  }

  /** @throws TributaryError CHECKPOINT when tokenizer.json is missing, corrupt or of an unsupported kind */
  static async open(folder: string): Promise<Tokenizer> {
    const file = join(folder, tokenizerFile);
    if (!(await exists(file))) throw faulty(file, await missing(folder));
    const json = await readJsonObject(file);
    const steps = readConfig(json, stepsSchema, tokenizerFile);
    const checked = readConfig(json, tokenizerSchema, tokenizerFile);
    try {
      return new Tokenizer(checked, steps);
    } catch (error) {
      throw faulty(file, `is no tokenizer that can be used: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Adds special tokens, such as one for the beginning, exactly where the tokenizer's own configuration says so.
   * @throws TributaryError PROMPT for a text that the vocabulary cannot write and has no token for unknown text
   */
  encode(text: string): number[] {
    const ids = this.#recent.get(text) ?? this.#ids(text, true);
    this.#recent.delete(text);
    this.#recent.set(text, ids);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > mostRecent) this.#recent.delete(oldest as string);
    return [...ids];
  }

  /**
   * Adds no special tokens: those of a chat are in its text. Where a tokenizer changes a text before it splits it, how far its
   * tokens go is not known.
   * @throws TributaryError PROMPT as `encode`
   */
  place(text: string): PlacedToken[] {
    const wellFormed = text.toWellFormed();
    return this.#parts(wellFormed).flatMap(({ start, end, ids }) => {
      const placed = this.#placed(ids, wellFormed.slice(start, end));
      return ids.map((id, index) => {
        const own = ids.length === 1 ? { start: 0, end: end - start } : placed?.[index];
        return own
          ? { id, start: start + own.start, end: start + own.end, exact: true }
          : { id, start, end, exact: false };
      });
    });
  }

  /** An id beyond the tokenizer's vocabulary, which padded models have, reads as `<id>`. */
  token(id: number): TokenText {
    const added = this.#added.byId.get(id);
    const verbatim = added !== undefined && (added.special || !this.#spelling.spellsAdded);
    if (verbatim) return { id, text: added.content, special: added.special };
    const piece = added ? this.#added.normalized(added) : this.#pieces[id];
    if (piece === undefined) return { id, text: `<${id}>`, special: true };
    return { id, text: this.#spelling.text(piece), special: false };
  }

  /**
   * The text of a prompt, without special tokens, and without the space before it that some tokenizers add to every text.
   * U+FFFD stands for bytes that are no whole character.
   */
  decode(ids: readonly number[]): string {
    const text = this.#written(ids);
    if (!text.startsWith(' ')) return text;
    const written = ids.filter((id) => !this.token(id).special);
    const bare = this.#encodable(text.slice(1)) ?? [];
    return bare.length === written.length && bare.every((id, place) => id === written[place]) ? text.slice(1) : text;
  }

  /** The one token whose text is exactly this, leading space or none; undefined when there is no such token. */
  single(text: string): number | undefined {
    if (text === '') return undefined;
    const ids = this.#encodable(text) ?? [];
    const spelled = [...this.#spelling.pieces(text), text].map((piece) => this.#id(piece));
    const candidates = ids.length === 1 ? [...ids, ...spelled] : spelled;
    return candidates.find((id) => id !== undefined && this.token(id).text === text);
  }

  /**
   * What is meant by a text where one token is wanted. `singles`: itself, then with and without a leading space, then
   * both with the first letter's case changed, each where that is one token; `pieces`: its own tokens.
   */
  candidates(text: string): { readonly pieces: TokenText[]; readonly singles: TokenText[] } {
    const bare = text.trimStart();
    const [first = '', ...rest] = bare;
    const upper = first.toUpperCase();
    const other = [upper === first ? first.toLowerCase() : upper, ...rest].join('');
    const variants = [text, ` ${bare}`, bare, ` ${other}`, other];
    const singles = variants.map((variant) => this.single(variant)).filter((id) => id !== undefined);
    return {
      pieces: (this.#encodable(text) ?? []).map((id) => this.token(id)),
      singles: [...new Set(singles)].map((id) => this.token(id)),
    };
  }

  /** @param special whether special tokens have a text */
  #written(ids: readonly number[], special = false): string {
    let text = '';
    let pieces: string[] = [];
    const end = () => {
      text += this.#spelling.join(pieces);
      pieces = [];
    };
    for (const id of ids) {
      const { content, piece } = this.#spelled(id);
      if (content !== undefined) end();
      if (content !== undefined && (special || !this.#added.byId.get(id)?.special)) text += content;
      else if (piece !== undefined) pieces.push(piece);
    }
    end();
    return text;
  }

  /** What a token is written by: its content as it is, or a piece in the spelling of the vocabulary. */
  #spelled(id: number): { readonly content?: string; readonly piece?: string | undefined } {
    const added = this.#added.byId.get(id);
    if (added && (added.special || !this.#spelling.spellsAdded)) return { content: added.content };
    return { piece: added ? this.#added.normalized(added) : this.#pieces[id] };
  }

  /** Where tokens stand in the text that they were read from; undefined where they do not write that. */
  #placed(ids: readonly number[], text: string): TextSpan[] | undefined {
    const lengths = ids.map((id) => {
      const { content, piece = '' } = this.#spelled(id);
      return content === undefined ? this.#spelling.byteLength(piece) : Buffer.byteLength(content);
    });
    const written = this.#written(ids, true);
    // Some tokenizers put a space before a text.
    const added = written === ` ${text}` ? 1 : 0;
    const sum = lengths.reduce((sum, length) => sum + length, -added);
    if ((written !== text && added === 0) || sum !== Buffer.byteLength(text)) return undefined;
    return placesOf(text, lengths, added);
  }

  #encodable(text: string): number[] | undefined {
    try {
      return this.#ids(text, false);
    } catch (error) {
      if (error instanceof TributaryError) return undefined;
      throw error;
    }
  }

  #id(piece: string): number | undefined {
    return this.#added.bySpelling.get(piece)?.id ?? this.#model.vocabulary.get(piece);
  }

  #ids(text: string, special: boolean): number[] {
    // A lone surrogate is no character; where text becomes bytes it becomes U+FFFD, and so it does here.
    const ids = this.#parts(text.toWellFormed()).flatMap(({ ids }) => ids);
    return this.#postProcessor(ids, special);
  }

  #parts(text: string): { readonly start: number; readonly end: number; readonly ids: number[] }[] {
    try {
      return this.#added.split(text).map(({ start, end, pieces }) => {
        const ids = pieces.flatMap((piece) => {
          if (typeof piece === 'number') return [piece];
          return this.#preTokenizer(piece).flatMap(({ text }) => this.#model.read(text));
        });
        return { start, end, ids };
      });
    } catch (error) {
      if (error instanceof TributaryError) throw error;
      // An expression may go so far back that hundreds of thousands of characters are too long for it.
      const message = `The text of ${text.length} characters cannot be tokenized: ${(error as Error).message}`;
      throw new TributaryError('PROMPT', message, {}, { cause: error });
    }
  }
}

function modelOf(json: TokenizerJson['model']): Model {
  switch (json.type) {
    case 'BPE':
      return new Bpe(json);
    case 'Unigram':
      return new Unigram(json);
    case 'WordPiece':
      return new WordPiece(json);
  }
}

async function missing(folder: string): Promise<string> {
  const convert = 'AutoTokenizer.from_pretrained(folder).save_pretrained(folder)';
  for (const other of ['tokenizer.model', 'spiece.model', 'vocab.json', 'vocab.txt']) {
    if (await exists(join(folder, other)))
      return `is missing; make it from ${other} once with Python's transformers: ${convert}`;
  }
  return 'is missing';
}

async function exists(path: string): Promise<boolean> {
  return (await ifThere(path, stat)) !== undefined;
}
