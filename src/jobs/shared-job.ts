import { unlessAborted } from '../unless-aborted.ts';

/** Work that several callers wait for: each may leave, and with the last of them the work ends. */
export class SharedJob<Result> {
  /** Settles, never rejects, when the work has ended. */
  readonly ended: Promise<void>;
  readonly #controller = new AbortController();
  readonly #result: Promise<Result>;
  #callers = 0;
  #over = false;

  constructor(begin: (signal: AbortSignal) => Promise<Result>) {
    this.#result = begin(this.#controller.signal);
    const over = () => {
      this.#over = true;
    };
    this.ended = this.#result.then(over, over);
  }

  /** Is it ending without a result, so that who comes now has to begin anew? */
  get abandoned(): boolean {
    return this.#controller.signal.aborted;
  }

  /** @throws the signal's reason as soon as it aborts; or what the work throws */
  async join(signal?: AbortSignal): Promise<Result> {
    this.#callers++;
    try {
      return await unlessAborted(this.#result, signal);
    } finally {
      this.#callers--;
      if (this.#callers === 0) this.cancel();
    }
  }

  /** Ends it for all who wait. */
  cancel(): void {
    if (!this.#over) this.#controller.abort();
  }
}

/** Waits for several jobs at once. Who is told that one of them failed waits for none of the others any more. */
export async function joinAll<Result>(jobs: readonly SharedJob<Result>[], signal?: AbortSignal): Promise<Result[]> {
  const leaving = new AbortController();
  const left = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal;
  try {
    return await Promise.all(jobs.map((job) => job.join(left)));
  } finally {
    leaving.abort();
  }
}
