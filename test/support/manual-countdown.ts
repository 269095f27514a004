/** For tests: countdowns that end when the test says so. */
import type { Countdown } from '../../src/runs/audience.ts';

export class ManualCountdown {
  readonly #running = new Map<object, () => void>();

  /** How many are under way. */
  get running(): number {
    return this.#running.size;
  }

  readonly countdown: Countdown = (_milliseconds, onEnd) => {
    const key = {};
    this.#running.set(key, onEnd);
    return () => this.#running.delete(key);
  };

  /** Ends all that are under way. */
  elapse(): void {
    const ended = [...this.#running.values()];
    this.#running.clear();
    for (const end of ended) end();
  }
}
