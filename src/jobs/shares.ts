/**
 * Shares: what one key may have at once, over all its connections; who asks without a key is counted by address. Turns are
 * taken by client, which is the key too; without one each WebSocket is a client of its own, in the share of its address.
 */
import type { Principal, ShareLimits } from '../principal.ts';

/** Jobs of a share. */
export interface JobCounts {
  /** That compute. */
  readonly running: number;
  /** That have not begun yet. */
  readonly waiting: number;
}

/** How many jobs a share may have; absent: any number. */
export type JobLimits = { readonly [Count in keyof JobCounts]?: number | undefined };

/** Of each share, by its name. */
export type JobLimitsOf = (share: string) => JobLimits;

const ofSocket = / socket \d+$/;

/** Who takes turns. @param socket its number, where it is one of several of an address */
export function clientOf({ key }: Principal, address: string, socket?: number): string {
  if (key !== null) return key;
  return socket === undefined ? address : `${address} socket ${socket}`;
}

/** In whose share a client is. */
export function shareOf(client: string): string {
  return client.replace(ofSocket, '');
}

/** Which limits hold for whom: those of the settings, and a key's own before them. */
export class Shares {
  readonly #standard: ShareLimits;
  readonly #own = new Map<string, ShareLimits>();

  constructor(standard: ShareLimits = {}) {
    this.#standard = standard;
  }

  /** To be called with whoever asks: what the key may have holds from then on. */
  know({ key, limits }: Principal): void {
    if (key === null) return;
    if (Object.keys(limits).length > 0) this.#own.set(key, limits);
    else this.#own.delete(key);
  }

  readonly of = (share: string): ShareLimits => {
    const own = this.#own.get(share);
    return own ? { ...this.#standard, ...given(own) } : this.#standard;
  };
}

/** Without those that are undefined, which would hide others. */
function given(limits: ShareLimits): ShareLimits {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}
