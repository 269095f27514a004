/** What goes on for somebody: it ends when the key is revoked, or when key or token expire. */
import type { Principal } from '../../principal.ts';
import type { Authenticator } from './authenticator.ts';

/** Milliseconds between two looks. */
const period = 500;

interface Session {
  readonly principal: Principal;
  readonly onLapse: () => void;
}

export class Sessions implements Disposable {
  readonly #authenticator: Authenticator;
  readonly #sessions = new Set<Session>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(authenticator: Authenticator) {
    this.#authenticator = authenticator;
    this.#timer = setInterval(() => void this.#look(), period).unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** @param onLapse is told at each look once it holds no longer @returns ends the session */
  hold(principal: Principal, onLapse: () => void): () => void {
    const session = { principal, onLapse };
    this.#sessions.add(session);
    return () => void this.#sessions.delete(session);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Each key is looked at once, however many sessions it has. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const looked = new Map<string, Promise<boolean>>();
    const all = Array.from(this.#sessions, async ({ principal, onLapse }) => {
      const id = `${principal.key} ${principal.expiresAt?.getTime()}`;
      // A database that does not answer now has revoked nothing.
      const holds = looked.get(id) ?? this.#authenticator.holds(principal).catch(() => true);
      looked.set(id, holds);
      if (!(await holds)) onLapse();
    });
    await Promise.all(all);
    this.#looking = false;
  }
}
