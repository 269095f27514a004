/** Unigram: of all the ways to write a piece the one whose scores, which are log probabilities, have the highest sum. */

import type { UnigramJson } from '../tokenizer-json.ts';
import { bytePieces } from './bytes.ts';
import { cannotWrite, type Model } from './model.ts';

/** How much less an unknown character scores than the least of the vocabulary. */
const unknownPenalty = 10;

export class Unigram implements Model {
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly #json: UnigramJson;
  readonly #unknown: number | undefined;
  readonly #unknownScore: number;
  /** Of the pieces that begin with a UTF-16 unit, the length of the longest one. */
  readonly #longest = new Map<number, number>();

  constructor(json: UnigramJson) {
    this.#json = json;
    this.vocabulary = new Map(json.vocab.map(([piece], id) => [piece, id]));
    this.#unknown = json.unk_id ?? undefined;
    this.#unknownScore = json.vocab.reduce((least, [, score]) => Math.min(least, score), Infinity) - unknownPenalty;
    for (const piece of this.vocabulary.keys()) {
      const first = piece.charCodeAt(0);
      this.#longest.set(first, Math.max(this.#longest.get(first) ?? 0, piece.length));
    }
  }

  get size(): number {
    return this.#json.vocab.length;
  }

  read(piece: string): number[] {
    return this.#segments(piece).flatMap((segment) => {
      const id = this.vocabulary.get(segment);
      if (id !== undefined) return [id];
      const bytes = this.#json.byte_fallback ? bytePieces(segment, this.vocabulary) : undefined;
      if (bytes) return bytes;
      if (this.#unknown !== undefined) return [this.#unknown];
      throw cannotWrite(segment);
    });
  }

  #segments(piece: string): string[] {
    // Of the best way to write what ends at each place: its score, where its last segment starts, and that one's id.
    const scores = new Float64Array(piece.length + 1);
    const starts = new Int32Array(piece.length + 1).fill(-1);
    const ids = new Int32Array(piece.length + 1);
    const offer = (start: number, end: number, id: number | undefined, score: number): void => {
      const sum = score + (scores[start] as number);
      // Of equal ones, the one that was found first: its last segment is the longest.
      if (starts[end] !== -1 && sum <= (scores[end] as number)) return;
      if (id === undefined) throw cannotWrite(piece.slice(start, end));
      scores[end] = sum;
      starts[end] = start;
      ids[end] = id;
    };
    for (let start = 0, width = 1; start < piece.length; start += width) {
      width = String.fromCodePoint(piece.codePointAt(start) as number).length;
      const longest = this.#longest.get(piece.charCodeAt(start)) ?? 0;
      let known = false;
      for (let end = start + 1; end <= Math.min(start + longest, piece.length); end++) {
        const id = this.vocabulary.get(piece.slice(start, end));
        if (id === undefined) continue;
        offer(start, end, id, (this.#json.vocab[id] as [string, number])[1]);
        if (end === start + width) known = true;
      }
      if (!known) offer(start, start + width, this.#unknown, this.#unknownScore);
    }
    return this.#traced(piece, starts, ids);
  }

  /** The segments, from the last to the first; unknown neighbours are one segment. */
  #traced(piece: string, starts: Int32Array, ids: Int32Array): string[] {
    const segments: string[] = [];
    let unknownEnd: number | undefined;
    for (let end = piece.length; end > 0; end = starts[end] as number) {
      const start = starts[end] as number;
      const unknown = ids[end] === this.#unknown;
      unknownEnd ??= end;
      const following = start > 0 && ids[start] === this.#unknown;
      if (unknown && following) continue;
      segments.push(piece.slice(start, unknownEnd));
      unknownEnd = undefined;
    }
    return segments.reverse();
  }
}
