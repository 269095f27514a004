/** A checkpoint's tokenizer, by the Hugging Face library, with what explanations need: every token's own text. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { TributaryError } from '../errors.ts';
import { readJsonObject } from './config.ts';

export interface TokenText {
  readonly id: number;
  /** As decoded, spaces and all; U+FFFD stands for bytes that are no whole character. */
  readonly text: string;
  readonly special: boolean;
}

const byteToken = /^<0x([0-9A-F]{2})>$/;

export class Tokenizer {
  readonly #tokenizer: HuggingFaceTokenizer;
  readonly #bytes: boolean;
  readonly #special: ReadonlySet<number>;

  private constructor(tokenizer: HuggingFaceTokenizer, bytes: boolean) {
    this.#tokenizer = tokenizer;
    this.#bytes = bytes;
    this.#special = new Set(
      [...tokenizer.get_added_tokens_decoder()].filter(([, { special }]) => special).map(([id]) => id),
    );
  }

  /** @throws TributaryError CHECKPOINT when tokenizer.json is missing, corrupt or of an unsupported kind */
  static async open(folder: string): Promise<Tokenizer> {
    const file = join(folder, 'tokenizer.json');
    const json = await readJsonObject(file);
    const settings = join(folder, 'tokenizer_config.json');
    const config = await access(settings).then(
      () => readJsonObject(settings),
      () => ({}),
    );
    try {
      const tokenizer = new HuggingFaceTokenizer(json, config);
      tokenizer.encode('a');
      return new Tokenizer(tokenizer, JSON.stringify(json.decoder ?? null).includes('"ByteLevel"'));
    } catch (error) {
      throw new TributaryError(
        'CHECKPOINT',
        `${file} is no tokenizer that we can read: ${(error as Error).message}`,
        {},
        { cause: error },
      );
    }
  }

  /** Ids up to this number, less one, can be named; a model's vocabulary may be padded beyond it. */
  get size(): number {
    let size = 0;
    for (const id of this.#tokenizer.get_vocab(true).values()) size = Math.max(size, id + 1);
    return size;
  }

  /** Adds special tokens, such as one for the beginning, exactly where the tokenizer's own configuration says so. */
  encode(text: string): number[] {
    return this.#tokenizer.encode(text).ids;
  }

  /** An id beyond the tokenizer's vocabulary, which padded models have, reads as `<id>`. */
  token(id: number): TokenText {
    const piece = this.#tokenizer.id_to_token(id);
    if (piece === undefined) return { id, text: `<${id}>`, special: true };
    return { id, text: this.#textOf(id, piece), special: this.#special.has(id) };
  }

  /** The one token whose text this is, without any special token. */
  single(text: string): number | undefined {
    const [id, ...more] = this.#pieces(text);
    return id !== undefined && more.length === 0 && this.token(id).text === text
      ? id
      : this.#tokenizer.token_to_id(text);
  }

  /** What a text that is not one token may have meant: its own tokens, and itself with and without a leading space where that is one. */
  candidates(text: string): { readonly pieces: TokenText[]; readonly singles: TokenText[] } {
    const bare = text.trimStart();
    const singles = [` ${bare}`, bare].map((variant) => this.single(variant)).filter((id) => id !== undefined);
    return {
      pieces: this.#pieces(text).map((id) => this.token(id)),
      singles: [...new Set(singles)].map((id) => this.token(id)),
    };
  }

  #pieces(text: string): number[] {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  #textOf(id: number, piece: string): string {
    if (this.#special.has(id)) return piece;
    if (this.#bytes)
      return this.#tokenizer.decode([id], { skip_special_tokens: false, clean_up_tokenization_spaces: false });
    // SentencePiece decoders drop a leading space; the piece itself shows it.
    const byte = byteToken.exec(piece);
    if (byte) return new TextDecoder().decode(Uint8Array.of(Number.parseInt(byte[1] as string, 16)));
    return piece.replaceAll('▁', ' ');
  }
}
