/** A sweep as it stands, live: through lost connections, to its end. */
import { batch, signal } from '@preact/signals';
import {
  CancelSweepDocument,
  ResumeSweepDocument,
  type SweepPartsFragment,
  SweepProgressDocument,
  type SweepProgressSubscription,
  type SweepRowPartsFragment,
} from '../../../../client/generated/graphql.ts';
import { type Problem, problemIn, problemOf } from '../../../state/problem.ts';
import { server } from '../../../state/server.ts';

/** Rows that are shown as they end. */
const mostLatest = 20;

export class FollowedSweep {
  readonly state;
  /** That ended while it was followed, newest first. */
  readonly latest = signal<readonly SweepRowPartsFragment[]>([]);
  readonly problem = signal<Problem | undefined>(undefined);
  #events: AsyncIterableIterator<SweepProgressSubscription> | undefined;

  constructor(sweep: SweepPartsFragment) {
    this.state = signal(sweep);
  }

  /** Until it ends or is left; one that has ended is not followed. @param told each time that it went on */
  async follow(told: () => void): Promise<void> {
    if (this.state.value.status !== 'RUNNING' || this.#events) return;
    const events = server.subscribe(SweepProgressDocument, { id: this.state.value.id });
    this.#events = events;
    try {
      for await (const { sweepProgress: event } of events) {
        if (this.#events !== events) return;
        if ('sweep' in event) {
          batch(() => {
            this.state.value = event.sweep;
            this.latest.value = withLatest(this.latest.value, event.latest);
          });
          told();
        } else this.problem.value = problemIn(event);
      }
    } catch (thrown) {
      this.problem.value = problemOf(thrown);
    } finally {
      if (this.#events === events) this.#events = undefined;
    }
  }

  async cancel(): Promise<void> {
    await this.#change(
      async () => (await server.request(CancelSweepDocument, { id: this.state.value.id })).cancelSweep,
    );
  }

  /** @param failed whether rows that have failed are asked again */
  async resume(failed: boolean): Promise<void> {
    const { id } = this.state.value;
    // What tells of its end may not be over: from here on it is followed anew.
    this.leave();
    await this.#change(async () => (await server.request(ResumeSweepDocument, { id, failed })).resumeSweep);
  }

  /** Follows it no longer; the sweep itself goes on. */
  leave(): void {
    void this.#events?.return?.();
    this.#events = undefined;
  }

  async #change(change: () => Promise<object | { readonly sweep: SweepPartsFragment }>): Promise<void> {
    try {
      const told = await change();
      this.problem.value = problemIn(told);
      if ('sweep' in told) this.state.value = told.sweep;
    } catch (thrown) {
      this.problem.value = problemOf(thrown);
    }
  }
}

/** A row that is told again, after a connection was lost, stands once. */
export function withLatest<Row extends { readonly index: number }>(
  before: readonly Row[],
  latest: readonly Row[],
): Row[] {
  const told = new Set(latest.map(({ index }) => index));
  return [...latest, ...before.filter(({ index }) => !told.has(index))].slice(0, mostLatest);
}
