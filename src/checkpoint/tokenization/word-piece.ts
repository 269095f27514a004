/** WordPiece: the longest beginning of a word that the vocabulary has, and again for what is left of it. */
import type { WordPieceJson } from '../tokenizer-json.ts';
import { cannotWrite, type Model } from './model.ts';

export class WordPiece implements Model {
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly #json: WordPieceJson;

  constructor(json: WordPieceJson) {
    this.#json = json;
    this.vocabulary = new Map(Object.entries(json.vocab));
  }

  get size(): number {
    return this.vocabulary.size;
  }

  read(piece: string): number[] {
    const ids = this.#parts(Array.from(piece));
    if (ids) return ids;
    const unknown = this.vocabulary.get(this.#json.unk_token);
    if (unknown === undefined) throw cannotWrite(piece);
    return [unknown];
  }

  #parts(characters: readonly string[]): number[] | undefined {
    if (characters.length > this.#json.max_input_chars_per_word) return undefined;
    const ids: number[] = [];
    for (let start = 0, end = 0; start < characters.length; start = end) {
      const prefix = start > 0 ? this.#json.continuing_subword_prefix : '';
      let id: number | undefined;
      for (end = characters.length; end > start; end--) {
        id = this.vocabulary.get(prefix + characters.slice(start, end).join(''));
        if (id !== undefined) break;
      }
      if (id === undefined) return undefined;
      ids.push(id);
    }
    return ids;
  }
}
