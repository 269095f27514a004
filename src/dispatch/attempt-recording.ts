/**
 * What a worker writes of runs that it was given: fenced by its attempt, and without the steps that a worker before it has
 * stored, of which everybody was told.
 */
import { TributaryError } from '../errors.ts';
import { Fenced } from '../runs/fenced.ts';
import type { Recording } from '../runs/recording.ts';
import type { RunStore } from '../runs/store.ts';
import { type RunProfile, type RunStep, statusAfter } from '../runs/types.ts';

/** Steps that are there already, and how many of them were told again. */
interface Stored {
  readonly steps: readonly RunStep[];
  again: number;
}

export class AttemptRecording implements Recording {
  readonly #store: RunStore;
  readonly #attempt: number;
  readonly #stored = new Map<string, Stored>();
  readonly #writing = new Set<Promise<unknown>>();
  #closed = false;

  constructor(store: RunStore, attempt: number) {
    this.#store = store;
    this.#attempt = attempt;
  }

  /** To be called of each run before it begins. @param eventCount how many events it has */
  async begin(runId: string, eventCount: number): Promise<void> {
    const events = eventCount === 0 ? [] : await this.#store.events.page(runId, { limit: eventCount });
    this.#stored.set(runId, { steps: events.map(({ step }) => step), again: 0 });
  }

  /** Nothing more is written. Settles when all that was begun is. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#writing);
  }

  started(id: string): Promise<void> {
    return this.#write(id, () => this.#store.started(id, this.#fence));
  }

  append(id: string, steps: readonly RunStep[]): Promise<void> {
    return this.#write(id, async () => {
      const rest = this.#unstored(id, steps);
      if (rest.length > 0) await this.#store.append(id, rest, this.#fence);
    });
  }

  complete(
    id: string,
    parts: Parameters<Recording['complete']>[1],
    steps: readonly RunStep[],
    profile?: RunProfile,
  ): Promise<void> {
    return this.#write(id, () => this.#store.complete(id, parts, this.#unstored(id, steps), profile, this.#fence));
  }

  profiled(id: string, profile: RunProfile): Promise<void> {
    return this.#write(id, () => this.#store.profiled(id, profile));
  }

  get #fence() {
    return { attempt: this.#attempt };
  }

  /** @throws Fenced once it is closed */
  async #write(id: string, write: () => Promise<void>): Promise<void> {
    if (this.#closed) throw new Fenced(id);
    const writing = write();
    this.#writing.add(writing);
    try {
      await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  /** @throws TributaryError RUN_STATE where it tells otherwise than what is stored */
  #unstored(id: string, steps: readonly RunStep[]): RunStep[] {
    const stored = this.#stored.get(id);
    if (!stored) return [...steps];
    return steps.filter((step) => {
      const before = stored.steps[stored.again];
      const end = statusAfter(step);
      if (!before || end === 'FAILED' || end === 'CANCELLED') return true;
      if (!isAlike(before, step)) throw differs(stored.again, before, step);
      stored.again++;
      return false;
    });
  }
}

function isAlike(before: RunStep, step: RunStep): boolean {
  if (before.type !== step.type) return false;
  return before.type !== 'TOKEN' || step.type !== 'TOKEN' || before.token === step.token;
}

function differs(index: number, before: RunStep, step: RunStep): TributaryError {
  return new TributaryError(
    'RUN_STATE',
    `The worker of this run was lost, and the one that repeated it told otherwise: event ${index} is ${before.type}, and would be ${step.type}${before.type === step.type ? ' of another token' : ''}, as where processors differ in the last bits. Ask again to run it anew`,
  );
}
