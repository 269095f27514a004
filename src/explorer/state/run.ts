/** Follows one run from its first event to its end, whatever becomes of the connection or the server. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { RunEvent, TributaryClient } from '../../client/client.ts';
import { RepeatRunDocument, type RunPartsFragment, RunStatusDocument } from '../../client/generated/graphql.ts';
import { type Problem, problemIn, problemOf } from './problem.ts';

export type RunPhase = 'asking' | 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled' | 'refused';

/** How often a run that a stopped server interrupted is asked for again. */
const mostRepeats = 3;

/** Of a run whose events end before it does. */
const deleted: Problem = { code: 'UNKNOWN_RUN', message: 'The run was deleted.' };

/** Milliseconds between two looks at where a run that waits stands. */
const lookEvery = 1000;

/** Of all events those of one type. */
export type EventOf<Name extends RunEvent['__typename']> = Extract<RunEvent, { __typename: Name }>;

/** Starts a run, as a mutation of the server does; undefined where nobody wants it any more. */
export type Start = () => Promise<{ run: RunPartsFragment } | object | undefined>;

type Source = Pick<TributaryClient, 'request' | 'followRun'>;

export class FollowedRun {
  readonly #source: Source;
  readonly #run = signal<RunPartsFragment | undefined>(undefined);
  readonly #phase = signal<RunPhase>('asking');
  readonly #problem = signal<Problem | undefined>(undefined);
  readonly #told: (event: RunEvent) => void;
  #events: AsyncIterableIterator<RunEvent> | undefined;
  #disposed = false;

  /** @param told each event, once and in order; after a repeat the same ones again, with the same figures */
  constructor(source: Source, told: (event: RunEvent) => void) {
    this.#source = source;
    this.#told = told;
  }

  /** While it waits as it stands, afterwards as it was when it began; its id is that of the run that is followed. */
  get run(): ReadonlySignal<RunPartsFragment | undefined> {
    return this.#run;
  }

  get phase(): ReadonlySignal<RunPhase> {
    return this.#phase;
  }

  /** Whether it has begun to wait for its turn, and not ended. */
  get isUnderWay(): boolean {
    return this.#phase.value === 'waiting' || this.#phase.value === 'running';
  }

  /** Why it was refused, failed or was cancelled. */
  get problem(): ReadonlySignal<Problem | undefined> {
    return this.#problem;
  }

  start(start: Start): Promise<void> {
    return this.#follow(start, mostRepeats);
  }

  /** Follows a run that is known. One that has ended is told as it ended: nothing is asked again. */
  follow(run: RunPartsFragment): Promise<void> {
    const isOver = run.finishedAt !== null;
    return this.#follow(async () => ({ run }), isOver ? 0 : mostRepeats);
  }

  async #follow(start: Start, repeatsLeft: number): Promise<void> {
    try {
      for (let repeats = 0, next: Start | undefined = start; next && !this.#disposed; repeats++)
        next = await this.#attempt(next, repeats < repeatsLeft);
    } catch (thrown) {
      this.#end('failed', problemOf(thrown));
    }
  }

  /** Whether it is followed no longer. */
  get isLeft(): boolean {
    return this.#disposed;
  }

  /** Follows it no longer; the run itself goes on. */
  dispose(): void {
    this.#disposed = true;
    void this.#events?.return?.();
  }

  /** @returns how to go on, where the run was interrupted and may be asked again */
  async #attempt(start: Start, mayRepeat: boolean): Promise<Start | undefined> {
    const started = await start();
    if (!started) return undefined;
    const refused = problemIn(started);
    if (refused || !('run' in started)) {
      this.#end('refused', refused);
      return undefined;
    }
    this.#run.value = started.run;
    this.#phase.value = 'waiting';
    if (this.#disposed) return undefined;
    void this.#look(started.run.id);
    this.#events = this.#source.followRun(started.run.id);
    for await (const event of this.#events) {
      const interrupted = event.__typename === 'RunFailed' && event.error.code === 'INTERRUPTED';
      if (interrupted && mayRepeat) return () => this.#repeat(started.run.id);
      this.#take(event);
    }
    if (!this.#disposed && this.isUnderWay) this.#end('failed', deleted);
    return undefined;
  }

  async #repeat(id: string) {
    return (await this.#source.request(RepeatRunDocument, { id, keep: false })).repeatRun;
  }

  /** Others come and go before it in the queue without an event of its own. */
  async #look(id: string): Promise<void> {
    const waits = () => !this.#disposed && this.#phase.value === 'waiting' && this.#run.value?.id === id;
    while (waits()) {
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
      // Where the server is not there for a while, the events will tell.
      if (!waits()) return;
      const found = await this.#source.request(RunStatusDocument, { id }).catch(() => undefined);
      if (found?.run && waits()) this.#run.value = found.run;
    }
  }

  #take(event: RunEvent): void {
    const problem = problemIn(event);
    if (problem) this.#end('failed', problem);
    else if (event.__typename === 'RunFailed') this.#end('failed', event.error);
    else if (event.__typename === 'RunCancelled')
      this.#end('cancelled', event.reason ?? { code: 'CANCELLED', message: 'The run was stopped.' });
    else {
      this.#told(event);
      this.#phase.value = /^(Attribution|Circulation|Generation)Completed$/.test(event.__typename)
        ? 'completed'
        : 'running';
    }
  }

  #end(phase: RunPhase, problem: Problem | undefined): void {
    this.#problem.value = problem;
    this.#phase.value = phase;
  }
}
