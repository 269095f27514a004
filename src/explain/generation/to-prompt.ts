/**
 * An answer traced back to its prompt through its own tokens (mathematics: whole answers; after CAGE, arXiv 2512.15663). Each
 * token of the answer has its positive scores, over their sum, split into a part P of the prompt and a part Q of the answer
 * before it; what goes to a token of the answer goes on to what that one comes from: (I − Q)^(−1) P.
 */
import { setImmediate } from 'node:timers/promises';
import { at } from '../../inference/rows.ts';
import type { TensorResult } from '../attribution/result.ts';

/** Multiplications after which others have their turn: some milliseconds. */
const atOnce = 4e6;

/** A row of scores whose positive ones are taken over their sum. */
interface Row {
  /** By position. */
  readonly scores: Float32Array;
  /** 1 over the sum of the positive ones; 0 where there is none. */
  readonly scale: number;
}

export class ToPrompt {
  readonly #rows: readonly Row[];
  readonly #promptLength: number;

  /** @param rows scores of the tokens before each token of the answer; row m has `promptLength` + m of them */
  constructor(rows: readonly Float32Array[], promptLength: number) {
    this.#rows = rows.map((scores) => {
      const sum = scores.reduce((total, score) => total + Math.max(score, 0), 0);
      return { scores, scale: sum > 0 ? 1 / sum : 0 };
    });
    this.#promptLength = promptLength;
  }

  /** What of each token of the answer comes from each of the prompt. [answer token, prompt token] */
  async shares(): Promise<TensorResult> {
    const width = this.#promptLength;
    const traced: Float64Array[] = [];
    let done = 0;
    for (const [index, { scores, scale }] of this.#rows.entries()) {
      const shares = new Float64Array(width);
      addPositive(shares, scores, scale);
      for (let earlier = 0; earlier < index; earlier++) {
        const share = Math.max(at(scores, width + earlier), 0) * scale;
        if (share > 0) addPositive(shares, traced[earlier] as Float64Array, share);
      }
      traced.push(shares);
      done += index * width;
      if (done > atOnce) {
        done = 0;
        await setImmediate();
      }
    }
    const values = new Float32Array(traced.length * width);
    for (const [index, shares] of traced.entries()) values.set(shares, index * width);
    return { shape: [traced.length, width], values };
  }

  /**
   * What of each token of the answer cannot be traced: all of one without a positive score, and of the others what comes from
   * such a one. With its shares it makes 1. [answer token]
   */
  untraced(): number[] {
    const lost: number[] = [];
    for (const { scores, scale } of this.#rows) {
      const share = (earlier: number) => Math.max(at(scores, this.#promptLength + earlier), 0) * scale;
      lost.push(scale === 0 ? 1 : lost.reduce((sum, part, earlier) => sum + part * share(earlier), 0));
    }
    return lost;
  }

  /** The mean of the shares over all tokens of the answer, untraced ones included: it sums to 1 less the mean of those. [prompt token] */
  answer(): number[] {
    const width = this.#promptLength;
    const count = this.#rows.length;
    // From the last token to the first: what comes to each from those behind it is known when its turn is.
    const weights = new Float64Array(count).fill(1 / count);
    const shares = new Float64Array(width);
    for (const [index, { scores, scale }] of [...this.#rows.entries()].reverse()) {
      const weight = at(weights, index) * scale;
      addPositive(shares, scores, weight);
      addPositive(weights.subarray(0, index), scores.subarray(width), weight);
    }
    return Array.from(shares);
  }
}

/** Adds the positive ones of the first scores, times a factor. @param sum no longer than `scores` */
function addPositive(sum: Float64Array, scores: Float32Array | Float64Array, factor: number): void {
  for (let index = 0; index < sum.length; index++) {
    const score = scores[index] as number;
    if (score > 0) sum[index] = (sum[index] as number) + factor * score;
  }
}
