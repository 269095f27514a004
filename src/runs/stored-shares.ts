/** How much the runs of each owner take in the database, and whether there is room for one more. */
import { TributaryError } from '../errors.ts';
import { type Shares, shareOf } from '../jobs/shares.ts';
import type { Asking } from './types.ts';

/** Milliseconds for which a sum holds: a run is known to have grown by then. */
const lasting = 1000;

type Whose = Pick<Asking, 'client' | 'owner'>;

interface Sum {
  readonly at: number;
  readonly bytes: Promise<number>;
}

export class StoredShares {
  readonly #sum: (owner: string) => Promise<number>;
  readonly #shares: Shares;
  readonly #now: () => number;
  readonly #sums = new Map<string, Sum>();

  /** @param sum bytes of all runs of an owner @param now milliseconds of a clock */
  constructor(sum: (owner: string) => Promise<number>, shares: Shares, now: () => number = () => performance.now()) {
    this.#sum = sum;
    this.#shares = shares;
    this.#now = now;
  }

  /** As it was at most a second ago. */
  bytesOf({ owner = '' }: Whose): Promise<number> {
    const now = this.#now();
    for (const [other, { at }] of this.#sums) if (now - at >= lasting) this.#sums.delete(other);
    const known = this.#sums.get(owner);
    if (known) return known.bytes;
    const bytes = this.#sum(owner);
    this.#sums.set(owner, { at: now, bytes });
    // What could not be read may be readable at once.
    bytes.catch(() => this.#sums.delete(owner));
    return bytes;
  }

  /** Bytes that may still be stored; Infinity without a limit. */
  async roomOf(whose: Whose): Promise<number> {
    const most = this.#limitOf(whose);
    return most === undefined ? Number.POSITIVE_INFINITY : Math.max(0, most - (await this.bytesOf(whose)));
  }

  /** Why no new run may be begun; undefined where one may. */
  async refusalOf(whose: Whose): Promise<TributaryError | undefined> {
    const most = this.#limitOf(whose);
    if (most === undefined || (await this.roomOf(whose)) > 0) return undefined;
    const bytes = await this.bytesOf(whose);
    const message = `Your runs take ${bytes} bytes, and may take ${most}; delete some by \`deleteRun\`, large ones first: \`Run.storedBytes\` tells what each takes. What is stored can still be read`;
    return new TributaryError('OVER_CAPACITY', message);
  }

  #limitOf({ client = '' }: Whose): number | undefined {
    return this.#shares.of(shareOf(client)).storedBytes;
  }
}
