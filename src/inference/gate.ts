/** Lets whoever asked for a job stop or hold it between two blocks. */
import { TributaryError } from '../errors.ts';

/** All that there is to know of a gate, as it is told to another process. */
export interface GateState {
  readonly cancelled: boolean;
  /** The block before which the job waits; null: none. */
  readonly held: number | null;
  /** Whether it waits before whichever block is next, and others compute meanwhile. */
  readonly aside: boolean;
}

/**
 * A job's gate. A session's run cannot be interrupted, so the job asks before each block whether it may go on; messages of
 * another process that move the gate arrive between two runs.
 */
export class Gate {
  #state: GateState = { cancelled: false, held: null, aside: false };
  #moved = Promise.withResolvers<void>();
  readonly #listeners = new Set<(state: GateState) => void>();
  readonly #onAside: () => void;
  /** Does the job wait before a block, for whatever reason? */
  #waits = false;
  #standsSince: number | undefined;
  #stood = 0;

  /** @param onAside called when the job stands aside: from then on it does nothing */
  constructor(onAside: () => void = () => undefined) {
    this.#onAside = onAside;
  }

  get state(): GateState {
    return this.#state;
  }

  /** The job ends before its next block. */
  cancel(): void {
    this.move({ ...this.#state, cancelled: true });
  }

  /** The job waits before this block until it is released. */
  hold(block: number): void {
    this.move({ ...this.#state, held: block });
  }

  release(): void {
    this.move({ ...this.#state, held: null });
  }

  /** The job waits before its next block, whichever that is, until it may go on. */
  setAside(): void {
    this.move({ ...this.#state, aside: true });
  }

  goOn(): void {
    this.move({ ...this.#state, aside: false });
  }

  /** Milliseconds that the job stood aside so far. */
  get stood(): number {
    return this.#stood;
  }

  move(state: GateState): void {
    const { aside } = this.#state;
    this.#state = state;
    // Here and not in `pass`, which may find it let go and asked to stand aside again since it last looked.
    if (state.aside && !aside && this.#waits) this.#stand();
    if (!state.aside && this.#standsSince !== undefined) {
      this.#stood += performance.now() - this.#standsSince;
      this.#standsSince = undefined;
    }
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
    for (const listener of this.#listeners) listener(state);
  }

  /** @param listener called whenever the gate is moved @returns stops that */
  follow(listener: (state: GateState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Would a job have to wait before this block? */
  holds(block: number): boolean {
    const { cancelled, aside, held } = this.#state;
    return !cancelled && (aside || held === block);
  }

  /** Called before `block`; waits while it is held. @throws TributaryError CANCELLED */
  async pass(block: number): Promise<void> {
    this.#waits = true;
    if (this.#state.aside && !this.#state.cancelled) this.#stand();
    while (this.holds(block)) await this.#moved.promise;
    this.#waits = false;
    this.throwIfCancelled();
  }

  throwIfCancelled(): void {
    if (this.#state.cancelled) throw new TributaryError('CANCELLED', 'The run was cancelled');
  }

  #stand(): void {
    this.#standsSince = performance.now();
    this.#onAside();
  }
}
