/** A checkpoint's tokenizer, by the Hugging Face library, with what explanations need: every token's own text. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { TributaryError } from '../errors.ts';
import { readConfig, readJsonObject } from './config.ts';
import { bytePiece, type Spelling, spellingOf } from './spelling.ts';
import { type TokenizerJson, tokenizerSchema } from './tokenizer-json.ts';
import { ifThere } from './unreadable.ts';

export interface TokenText {
  readonly id: number;
  /** As decoded, spaces and all; U+FFFD stands for bytes that are no whole character. */
  readonly text: string;
  readonly special: boolean;
}

export class Tokenizer {
  /** One more than the highest id that the tokenizer knows; a model's vocabulary may be padded beyond it. */
  readonly size: number;
  /** Characters of the longest token, special ones included: n tokens never write more than n times as many. */
  readonly longestToken: number;
  readonly #tokenizer: HuggingFaceTokenizer;
  readonly #spelling: Spelling;
  readonly #byteFallback: boolean;
  readonly #unknown: number | undefined;
  /** Which of the added tokens are special, by id. */
  readonly #added: ReadonlyMap<number, boolean>;

  private constructor(json: TokenizerJson, config: object) {
    this.#tokenizer = new HuggingFaceTokenizer(json, config);
    this.#spelling = spellingOf(json);
    this.#byteFallback = json.model.type !== 'WordPiece' && json.model.byte_fallback === true;
    this.#unknown = json.model.type === 'Unigram' ? (json.model.unk_id ?? undefined) : undefined;
    this.#added = new Map(json.added_tokens.map(({ id, special }) => [id, special]));
    const ids = Array.isArray(json.model.vocab) ? json.model.vocab.keys() : Object.values(json.model.vocab);
    this.size = [...ids, ...this.#added.keys()].reduce((size, id) => Math.max(size, id + 1), 0);
    this.longestToken = this.#tokenizer
      .get_vocab(true)
      .keys()
      .reduce((longest: number, piece: string) => Math.max(longest, piece.length), 1);
  }

  /** @throws TributaryError CHECKPOINT when tokenizer.json is missing, corrupt or of an unsupported kind */
  static async open(folder: string): Promise<Tokenizer> {
    const file = join(folder, 'tokenizer.json');
    const settings = join(folder, 'tokenizer_config.json');
    const config = (await exists(settings)) ? await readJsonObject(settings) : {};
    if (!(await exists(file))) throw new TributaryError('CHECKPOINT', await missing(folder, file));
    try {
      const tokenizer = new Tokenizer(readConfig(await readJsonObject(file), tokenizerSchema, file), config);
      tokenizer.#encoding('One, 2', true);
      return tokenizer;
    } catch (error) {
      if (error instanceof TributaryError && error.code === 'CHECKPOINT') throw error;
      const message = `${file} is no tokenizer that can be used: ${(error as Error).message}`;
      throw new TributaryError('CHECKPOINT', message, {}, { cause: error });
    }
  }

  /**
   * Adds special tokens, such as one for the beginning, exactly where the tokenizer's own configuration says so.
   * @throws TributaryError PROMPT for a text that the vocabulary cannot write and has no token for unknown text
   */
  encode(text: string): number[] {
    return this.#ids(text, true);
  }

  /** An id beyond the tokenizer's vocabulary, which padded models have, reads as `<id>`. */
  token(id: number): TokenText {
    const piece = this.#tokenizer.id_to_token(id);
    if (piece === undefined) return { id, text: `<${id}>`, special: true };
    const special = this.#added.get(id);
    const verbatim = special === true || (special === false && !this.#spelling.spellsAdded);
    return { id, text: verbatim ? piece : this.#spelling.text(piece), special: special ?? false };
  }

  /** The one token whose text is exactly this, leading space or none; undefined when there is no such token. */
  single(text: string): number | undefined {
    if (text === '') return undefined;
    const ids = this.#encodable(text) ?? [];
    const spelled = [...this.#spelling.pieces(text), text].map((piece) => this.#tokenizer.token_to_id(piece));
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

  #encodable(text: string): number[] | undefined {
    try {
      return this.#ids(text, false);
    } catch (error) {
      if (error instanceof TributaryError) return undefined;
      throw error;
    }
  }

  #ids(text: string, withSpecial: boolean): number[] {
    const { ids, tokens } = this.#encoding(text, withSpecial);
    return tokens.flatMap((piece, index) => {
      const id = ids[index];
      const bytes = id === undefined || id === this.#unknown ? this.#bytesOf(piece) : undefined;
      if (bytes) return bytes;
      if (id !== undefined) return [id];
      const message = `The model's vocabulary cannot write ${JSON.stringify(piece)}, nor has it a token for unknown text`;
      throw new TributaryError('PROMPT', message);
    });
  }

  #encoding(text: string, withSpecial: boolean): { ids: (number | undefined)[]; tokens: string[] } {
    try {
      // A lone surrogate is no character; where text becomes bytes it becomes U+FFFD, and so it does here.
      return this.#tokenizer.encode(text.toWellFormed(), { add_special_tokens: withSpecial });
    } catch (error) {
      // Some kinds recurse or spread over the text: hundreds of thousands of characters are too long for them.
      const message = `The text of ${text.length} characters cannot be tokenized: ${(error as Error).message}`;
      throw new TributaryError('PROMPT', message, {}, { cause: error });
    }
  }

  /** Ids of a piece's bytes where the vocabulary falls back to them: the library itself does so for BPE only. */
  #bytesOf(piece: string): number[] | undefined {
    if (!this.#byteFallback || this.#tokenizer.token_to_id(piece) !== undefined) return undefined;
    const ids = Array.from(new TextEncoder().encode(piece), (byte) => this.#tokenizer.token_to_id(bytePiece(byte)));
    return ids.includes(undefined) ? undefined : (ids as number[]);
  }
}

async function missing(folder: string, file: string): Promise<string> {
  const convert = 'AutoTokenizer.from_pretrained(folder).save_pretrained(folder)';
  for (const other of ['tokenizer.model', 'spiece.model', 'vocab.json', 'vocab.txt']) {
    if (await exists(join(folder, other)))
      return `${file} is missing; make it from ${other} once with Python's transformers: ${convert}`;
  }
  return `${file} is missing`;
}

async function exists(path: string): Promise<boolean> {
  return (await ifThere(path, stat)) !== undefined;
}
