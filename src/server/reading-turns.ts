/**
 * When a subscription may read its next event: one after the other on a connection, and while that one takes what it is
 * sent; so that what is made for a connection is bounded, however many subscriptions it has.
 */
import type { Turn } from '../reader.ts';
import type { Unsent } from './unsent.ts';

/** Milliseconds after which others have the event loop, before the next subscription goes on. */
const slice = 5;

/** Of all connections of the process: one subscription goes on after the other, and between them the event loop does. */
export class Pace {
  readonly #waiting: (() => void)[] = [];
  #going = false;
  #since = 0;

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#going) return;
      this.#going = true;
      this.#since = performance.now();
      process.nextTick(this.#next);
    });
  }

  /** A tick that is asked for by a microtask comes when all of them are done: each goes as far as it can before the next. */
  readonly #next = () => {
    if (performance.now() - this.#since > slice) {
      setImmediate(() => {
        this.#since = performance.now();
        this.#next();
      });
      return;
    }
    const next = this.#waiting.shift();
    this.#going = next !== undefined;
    next?.();
    if (next) queueMicrotask(() => process.nextTick(this.#next));
  };
}

/** What a connection's subscriptions take turns by. */
export class ReadingTurns {
  readonly #pace: Pace;
  readonly #unsent: Unsent;
  readonly #behind: () => Promise<void> | undefined;
  /** In the order in which they asked. */
  readonly #waiting = new Map<Turn, () => void>();
  #holder: Turn | undefined;

  /** @param behind settles when the connection has taken most of what it was sent; undefined where it has */
  constructor(pace: Pace, unsent: Unsent, behind: () => Promise<void> | undefined = () => undefined) {
    this.#pace = pace;
    this.#unsent = unsent;
    this.#behind = behind;
  }

  /** For one more subscription. */
  turn(): Turn {
    const turn: Turn = { take: () => this.#take(turn), give: () => this.#give(turn) };
    return turn;
  }

  async #take(turn: Turn): Promise<void> {
    if (this.#holder) await new Promise<void>((resolve) => this.#waiting.set(turn, resolve));
    else this.#holder = turn;
    for (;;) {
      // Left meanwhile: it reads nothing.
      if (this.#holder !== turn) return;
      const waiting = this.#behind() ?? this.#unsent.room;
      if (!waiting) return this.#pace.wait();
      await waiting;
    }
  }

  #give(turn: Turn): void {
    this.#waiting.get(turn)?.();
    this.#waiting.delete(turn);
    if (this.#holder !== turn) return;
    const [next] = this.#waiting;
    this.#holder = next?.[0];
    if (!next) return;
    this.#waiting.delete(next[0]);
    next[1]();
  }
}
