/**
 * Requests in a minute, by token buckets: each holds as many tokens as a minute may have requests, a request takes one, and
 * they come back evenly. So what may come at once is bounded as well as what comes in the long run, and no clock has to
 * strike. Only buckets that are not full are kept.
 */

const minute = 60;

/** Buckets that are kept without a look at whether they are full by now. */
const fewest = 1000;

interface Bucket {
  /** Tokens, parts of one included, at a moment in seconds. */
  readonly tokens: number;
  readonly at: number;
  readonly most: number;
}

export class TokenBuckets {
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();
  /** Those that are full are dropped when there are as many. */
  #nextLook = fewest;

  /** @param now seconds of a clock */
  constructor(now: () => number = () => performance.now() / 1000) {
    this.#now = now;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token. @param most in a minute @returns seconds until there is one, where there is none; 0 where it was taken */
  take(name: string, most: number): number {
    const tokens = this.#tokensOf(name, most);
    if (tokens < 1) return ((1 - tokens) * minute) / most;
    this.#buckets.set(name, { tokens: tokens - 1, at: this.#now(), most });
    if (this.#buckets.size >= this.#nextLook) this.#dropFull();
    return 0;
  }

  /** Tokens that are gone, and the seconds until all are back. */
  stateOf(name: string, most: number): { readonly used: number; readonly resetsIn: number } {
    const missing = most - this.#tokensOf(name, most);
    return { used: Math.ceil(missing), resetsIn: (missing * minute) / most };
  }

  #tokensOf(name: string, most: number): number {
    const bucket = this.#buckets.get(name);
    return bucket ? this.#filled({ ...bucket, most, tokens: bucket.tokens + most - bucket.most }) : most;
  }

  /** What is in it by now. Sums of parts are off by less than a billionth, by which nobody shall wait. */
  #filled({ tokens, at, most }: Bucket): number {
    const filled = Math.min(most, tokens + ((this.#now() - at) * most) / minute);
    return Math.abs(filled - Math.round(filled)) < 1e-9 ? Math.round(filled) : filled;
  }

  #dropFull(): void {
    for (const [name, bucket] of this.#buckets) if (this.#filled(bucket) >= bucket.most) this.#buckets.delete(name);
    this.#nextLook = Math.max(fewest, 2 * this.#buckets.size);
  }
}
