/** Byte-pair encoding: the characters of a piece, of which neighbours are merged, the pair of the lowest rank first. */

import type { BpeJson } from '../tokenizer-json.ts';
import { bytePieces } from './bytes.ts';
import { Heap } from './heap.ts';
import { cannotWrite, type Model } from './model.ts';

/** More than the largest id, and than the most merges; two of them fit a double. */
const radix = 2 ** 26;

/** Stands where there was an id that was merged into the one before it; no pair has it. */
const merged = -1;

export class Bpe implements Model {
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly #json: BpeJson;
  /** By left · radix + right: rank · radix + what they become. */
  readonly #merges: ReadonlyMap<number, number>;

  /** @throws Error for a merge of or into a piece that is not in the vocabulary */
  constructor(json: BpeJson) {
    this.#json = json;
    this.vocabulary = new Map(Object.entries(json.vocab));
    const merges = new Map<number, number>();
    const id = (piece: string): number => {
      const id = this.vocabulary.get(piece);
      if (id === undefined) throw new Error(`a merge names ${JSON.stringify(piece)}, which is not in the vocabulary`);
      return id;
    };
    for (const [rank, [left, right]] of json.merges.entries()) {
      merges.set(id(left) * radix + id(right), rank * radix + id(left + right));
    }
    this.#merges = merges;
  }

  get size(): number {
    return this.vocabulary.size;
  }

  read(piece: string): number[] {
    const whole = this.#json.ignore_merges ? this.vocabulary.get(piece) : undefined;
    return whole === undefined ? this.#merged(this.#characters(piece)) : [whole];
  }

  /** A character that the vocabulary does not have is its bytes, or unknown; without either it is left out. */
  #characters(piece: string): number[] {
    const { byte_fallback, end_of_word_suffix, fuse_unk, unk_token } = this.#json;
    const ids: number[] = [];
    // Waits for the next character that is known, also where bytes come between.
    let unknown: number | undefined;
    const characters = Array.from(piece);
    characters.push(`${characters.pop()}${end_of_word_suffix ?? ''}`);
    for (const character of characters) {
      const id = this.vocabulary.get(character);
      const bytes = id === undefined && byte_fallback ? bytePieces(character, this.vocabulary) : undefined;
      if (id !== undefined) {
        if (unknown !== undefined) ids.push(unknown);
        unknown = undefined;
        ids.push(id);
      } else if (bytes) {
        ids.push(...bytes);
      } else if (typeof unk_token === 'string') {
        if (unknown !== undefined && !fuse_unk) ids.push(unknown);
        unknown = this.vocabulary.get(unk_token);
        if (unknown === undefined) throw cannotWrite(character);
      }
    }
    if (unknown !== undefined) ids.push(unknown);
    return ids;
  }

  #merged(ids: number[]): number[] {
    const count = ids.length;
    const next = Uint32Array.from(ids, (_, at) => at + 1);
    const previous = Int32Array.from(ids, (_, at) => at - 1);
    // By rank, then by position: rank · count + position.
    const queue = new Heap();
    const merge = (at: number): number | undefined => {
      const right = next[at] as number;
      if (at < 0 || right >= count) return undefined;
      return this.#merges.get((ids[at] as number) * radix + (ids[right] as number));
    };
    const push = (at: number): void => {
      const found = merge(at);
      if (found !== undefined) queue.push(Math.floor(found / radix) * count + at);
    };
    for (let at = 0; at < count; at++) push(at);
    for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
      const at = top % count;
      const found = merge(at);
      // Of what stood there when it was pushed, a part may have been merged since.
      if (found === undefined || Math.floor(found / radix) * count + at !== top) continue;
      const right = next[at] as number;
      const behind = next[right] as number;
      ids[at] = found % radix;
      ids[right] = merged;
      next[at] = behind;
      if (behind < count) previous[behind] = at;
      push(previous[at] as number);
      push(at);
    }
    return ids.filter((id) => id !== merged);
  }
}
