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

export class ToPrompt {
  /** Positive scores of each row over their sum, by position; all 0 in a row that has none. */
  readonly #rows: readonly Float64Array[];
  readonly #promptLength: number;

  /** @param rows scores of the tokens before each token of the answer; row m has `promptLength` + m of them */
  constructor(rows: readonly Float32Array[], promptLength: number) {
    this.#rows = rows.map(normalised);
    this.#promptLength = promptLength;
  }

  /** What of each token of the answer comes from each of the prompt. [answer token, prompt token] */
  async shares(): Promise<TensorResult> {
    const width = this.#promptLength;
    const traced: Float64Array[] = [];
    let done = 0;
    for (const [index, row] of this.#rows.entries()) {
      const shares = row.slice(0, width);
      for (let earlier = 0; earlier < index; earlier++) {
        const share = at(row, width + earlier);
        if (share > 0) addScaled(shares, traced[earlier] as Float64Array, share);
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
    for (const row of this.#rows) {
      const isTraced = row.some((share) => share > 0);
      lost.push(
        isTraced ? lost.reduce((sum, part, earlier) => sum + part * at(row, this.#promptLength + earlier), 0) : 1,
      );
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
    for (let index = count - 1; index >= 0; index--) {
      const row = this.#rows[index] as Float64Array;
      const weight = at(weights, index);
      addScaled(shares, row.subarray(0, width), weight);
      addScaled(weights.subarray(0, index), row.subarray(width, width + index), weight);
    }
    return Array.from(shares);
  }
}

function normalised(scores: Float32Array): Float64Array {
  const positive = Float64Array.from(scores, (score) => Math.max(score, 0));
  const sum = positive.reduce((total, score) => total + score, 0);
  return sum > 0 ? positive.map((score) => score / sum) : positive;
}

/** @param sum as long as `values`, which are added to it */
function addScaled(sum: Float64Array, values: Float64Array, factor: number): void {
  for (let index = 0; index < sum.length; index++)
    sum[index] = (sum[index] as number) + factor * (values[index] as number);
}
