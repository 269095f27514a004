/** The processes that have models run, and how each stands, live as long as they are followed. */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import type { TributaryClient } from '../../../client/client.ts';
import {
  type WorkerPartsFragment,
  WorkersChangedDocument,
  type WorkersChangedSubscription,
} from '../../../client/generated/graphql.ts';
import { type Problem, problemIn, problemOf } from '../../state/problem.ts';

type Changes = Pick<
  Extract<WorkersChangedSubscription['workersChanged'], { __typename: 'WorkerChanges' }>,
  'changed' | 'removed'
>;

export class FollowedWorkers {
  readonly #source: Pick<TributaryClient, 'subscribe'>;
  readonly #workers = signal<readonly WorkerPartsFragment[] | undefined>(undefined);
  readonly #problem = signal<Problem | undefined>(undefined);
  readonly #stop: () => void;
  /** Whether the connection was lost since they were told: what went meanwhile nobody tells. */
  #isStale = true;
  #events: AsyncIterableIterator<WorkersChangedSubscription> | undefined;

  /** @param connected whether the source has its connection */
  constructor(source: Pick<TributaryClient, 'subscribe'>, connected: ReadonlySignal<boolean>) {
    this.#source = source;
    this.#stop = effect(() => {
      if (!connected.value) this.#isStale = true;
    });
  }

  /** By name; undefined until they are known. */
  get workers(): ReadonlySignal<readonly WorkerPartsFragment[] | undefined> {
    return this.#workers;
  }

  get problem(): ReadonlySignal<Problem | undefined> {
    return this.#problem;
  }

  /** Until they are left. */
  async follow(): Promise<void> {
    try {
      this.#events = this.#source.subscribe(WorkersChangedDocument, {});
      for await (const { workersChanged: event } of this.#events) {
        if ('changed' in event) this.#take(event);
        else this.#problem.value = problemIn(event);
      }
    } catch (thrown) {
      this.#problem.value = problemOf(thrown);
    }
  }

  leave(): void {
    this.#stop();
    void this.#events?.return?.();
  }

  #take({ changed, removed }: Changes): void {
    const before = this.#isStale ? [] : (this.#workers.value ?? []);
    this.#isStale = false;
    const others = new Set([...removed, ...changed.map(({ id }) => id)]);
    const all = [...before.filter(({ id }) => !others.has(id)), ...changed];
    this.#workers.value = all.sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  }
}
