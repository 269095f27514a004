/** Who is there for a run under way: those who read it or wait for its answer, and whether it is kept without them. */

/** Calls back once, after so many milliseconds. @returns stops that; more than once does no more */
export type Countdown = (milliseconds: number, onEnd: () => void) => () => void;

export interface Patience {
  /** Milliseconds that a client who lost its connection has to come back. */
  readonly grace: number;
  readonly countdown: Countdown;
}

/** A process that has nothing else to do ends. */
export const countdown: Countdown = (milliseconds, onEnd) => {
  const timer = setTimeout(onEnd, milliseconds).unref();
  return () => clearTimeout(timer);
};

/** Begins to count when the first one leaves: until then somebody is about to come. */
export class Audience {
  readonly #patience: Patience;
  readonly #onDeserted: () => void;
  #readers = 0;
  #kept = false;
  #over = false;
  #stopCountdown: () => void = () => undefined;

  /** @param onDeserted called whenever nobody has been there for as long as the grace, and nobody asked to keep the run */
  constructor(patience: Patience, onDeserted: () => void) {
    this.#patience = patience;
    this.#onDeserted = onDeserted;
  }

  /** Does anybody read the run, or is it kept? */
  get isThere(): boolean {
    return this.#readers > 0 || this.#kept;
  }

  /** @returns leaves; more than once does no more */
  join(): () => void {
    this.#stopCountdown();
    this.#readers++;
    let there = true;
    return () => {
      if (there) this.#leave();
      there = false;
    };
  }

  /** From now on it does not matter who is there. */
  keep(): void {
    this.#kept = true;
    this.#stopCountdown();
  }

  /** The run is over. */
  close(): void {
    this.#over = true;
    this.#stopCountdown();
  }

  #leave(): void {
    this.#readers--;
    if (this.#readers > 0 || this.#kept || this.#over) return;
    this.#stopCountdown = this.#patience.countdown(this.#patience.grace, this.#onDeserted);
  }
}
