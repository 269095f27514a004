/** Follows one run from its first event to its end, whatever becomes of the connection or the server. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { RunEvent } from '../../client/client.ts';
import { CancelRunDocument, RepeatRunDocument, type RunPartsFragment } from '../../client/generated/graphql.ts';
import { type Problem, problemIn, problemOf } from './problem.ts';
import { server } from './server.ts';

export type RunPhase = 'asking' | 'waiting' | 'running' | 'completed' | 'failed' | 'cancelled' | 'refused';

/** How often a run that a stopped server interrupted is asked for again. */
const mostRepeats = 3;

/** Starts a run, as a mutation of the server does. */
export type Start = () => Promise<{ run: RunPartsFragment } | object>;

export class FollowedRun {
  readonly #run = signal<RunPartsFragment | undefined>(undefined);
  readonly #phase = signal<RunPhase>('asking');
  readonly #problem = signal<Problem | undefined>(undefined);
  readonly #told: (event: RunEvent) => void;
  #events: AsyncIterableIterator<RunEvent> | undefined;
  #disposed = false;

  /** @param told each event, once and in order; after a repeat the same ones again, with the same figures */
  constructor(told: (event: RunEvent) => void) {
    this.#told = told;
  }

  /** As it was when it started; its id is that of the run that is followed. */
  get run(): ReadonlySignal<RunPartsFragment | undefined> {
    return this.#run;
  }

  get phase(): ReadonlySignal<RunPhase> {
    return this.#phase;
  }

  /** Why it was refused, failed or was cancelled. */
  get problem(): ReadonlySignal<Problem | undefined> {
    return this.#problem;
  }

  async start(start: Start): Promise<void> {
    try {
      for (let repeats = 0, next: Start | undefined = start; next && !this.#disposed; repeats++)
        next = await this.#attempt(next, repeats < mostRepeats);
    } catch (thrown) {
      this.#end('failed', problemOf(thrown));
    }
  }

  /** Follows a run that is known. */
  follow(run: RunPartsFragment): Promise<void> {
    return this.start(async () => ({ run }));
  }

  /** Ends the run, for all who follow it. */
  async stop(): Promise<void> {
    const id = this.#run.value?.id;
    if (id) await server.request(CancelRunDocument, { id });
  }

  /** Follows it no longer; the run itself goes on. */
  dispose(): void {
    this.#disposed = true;
    void this.#events?.return?.();
  }

  /** @returns how to go on, where the run was interrupted and may be asked again */
  async #attempt(start: Start, mayRepeat: boolean): Promise<Start | undefined> {
    const started = await start();
    const refused = problemIn(started);
    if (refused || !('run' in started)) {
      this.#end('refused', refused);
      return undefined;
    }
    this.#run.value = started.run;
    this.#phase.value = 'waiting';
    if (this.#disposed) return undefined;
    this.#events = server.followRun(started.run.id);
    for await (const event of this.#events) {
      const interrupted = event.__typename === 'RunFailed' && event.error.code === 'INTERRUPTED';
      if (interrupted && mayRepeat) return () => repeat(started.run.id);
      this.#take(event);
    }
    return undefined;
  }

  #take(event: RunEvent): void {
    const problem = problemIn(event);
    if (problem) this.#end('failed', problem);
    else if (event.__typename === 'RunFailed') this.#end('failed', event.error);
    else if (event.__typename === 'RunCancelled')
      this.#end('cancelled', event.reason ?? { code: 'CANCELLED', message: 'The run was stopped.' });
    else {
      this.#told(event);
      const isEnd = event.__typename === 'AttributionCompleted' || event.__typename === 'CirculationCompleted';
      this.#phase.value = isEnd ? 'completed' : 'running';
    }
  }

  #end(phase: RunPhase, problem: Problem | undefined): void {
    this.#problem.value = problem;
    this.#phase.value = phase;
  }
}

async function repeat(id: string) {
  return (await server.request(RepeatRunDocument, { id, keep: false })).repeatRun;
}
