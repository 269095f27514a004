/** The list of stored runs that a filter admits, live: read by pages, and kept up to date as long as it is followed. */
import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { TributaryClient } from '../../../client/client.ts';
import {
  RunChangesDocument,
  type RunChangesSubscription,
  type RunFilter,
  RunsDocument,
} from '../../../client/generated/graphql.ts';
import { type Problem, problemIn, problemOf } from '../../state/problem.ts';
import type { ListedRun } from './label.ts';
import { appended, type Changes, merged } from './merged.ts';

/** Rows that are read again at the most, where the list must be read anew. */
const mostReadAgain = 500;

const pageSize = 50;

export class ListedRuns {
  readonly #source: Pick<TributaryClient, 'request' | 'subscribe'>;
  readonly #filter: RunFilter;
  readonly #rows = signal<readonly ListedRun[] | undefined>(undefined);
  readonly #isWhole = signal(false);
  readonly #problem = signal<Problem | undefined>(undefined);
  #events: AsyncIterableIterator<RunChangesSubscription> | undefined;
  #cursor: string | null = null;
  /** What came while a page was read, which it may not have. */
  #meanwhile: Changes[] | undefined;
  #isLeft = false;

  constructor(source: Pick<TributaryClient, 'request' | 'subscribe'>, filter: RunFilter) {
    this.#source = source;
    this.#filter = filter;
  }

  /** Newest first, as far as they were read; undefined until the first page is there. */
  get rows(): ReadonlySignal<readonly ListedRun[] | undefined> {
    return this.#rows;
  }

  /** Whether there are no more pages. */
  get isWhole(): ReadonlySignal<boolean> {
    return this.#isWhole;
  }

  get problem(): ReadonlySignal<Problem | undefined> {
    return this.#problem;
  }

  /** Until it is left. */
  async follow(): Promise<void> {
    try {
      this.#events = this.#source.subscribe(RunChangesDocument, { filter: this.#filter });
      for await (const { runChanges: event } of this.#events) {
        if (this.#isLeft) return;
        if (!('changed' in event)) this.#problem.value = problemIn(event);
        else if (event.missed || isFirst(event)) await this.#readAnew();
        else this.#take(event);
      }
    } catch (thrown) {
      this.#problem.value = problemOf(thrown);
    }
  }

  /** Reads the next page, if there is one, and it is not on its way. */
  async more(): Promise<void> {
    if (this.#meanwhile || this.#isWhole.value || !this.#rows.value) return;
    const meanwhile: Changes[] = [];
    this.#meanwhile = meanwhile;
    try {
      const page = await this.#page(this.#cursor, pageSize);
      // Read anew in between: the page is of a list that is gone.
      if (this.#meanwhile !== meanwhile) return;
      batch(() => {
        this.#isWhole.value = page.isLast;
        this.#rows.value = appended(this.#rows.value ?? [], page.runs);
        for (const changes of meanwhile) this.#rows.value = merged(this.#rows.value, changes, page.isLast);
      });
      this.#cursor = page.cursor;
    } catch (thrown) {
      this.#problem.value = problemOf(thrown);
    } finally {
      if (this.#meanwhile === meanwhile) this.#meanwhile = undefined;
    }
  }

  /** Follows it no longer. */
  leave(): void {
    this.#isLeft = true;
    void this.#events?.return?.();
  }

  #take(changes: Changes): void {
    this.#meanwhile?.push(changes);
    this.#rows.value = merged(this.#rows.value ?? [], changes, this.#isWhole.value);
  }

  /** What comes meanwhile waits: the events are read one after the other. */
  async #readAnew(): Promise<void> {
    this.#meanwhile = undefined;
    const wanted = Math.min(this.#rows.value?.length ?? 0, mostReadAgain);
    const runs: ListedRun[] = [];
    let after: string | null = null;
    let isLast = false;
    do {
      const page = await this.#page(after, pageSize);
      runs.push(...page.runs);
      after = page.cursor;
      isLast = page.isLast;
    } while (!isLast && runs.length < wanted);
    this.#cursor = after;
    batch(() => {
      this.#rows.value = runs;
      this.#isWhole.value = isLast;
      this.#problem.value = undefined;
    });
  }

  async #page(after: string | null, first: number) {
    const { runs } = await this.#source.request(RunsDocument, { first, after, filter: this.#filter });
    return {
      runs: runs?.edges.map(({ node }) => node) ?? [],
      cursor: runs?.pageInfo.endCursor ?? after,
      isLast: !runs?.pageInfo.hasNextPage,
    };
  }
}

/** An empty event is the first of a subscription, also of one that was begun again after the connection was lost. */
function isFirst({ changed, removed }: Changes): boolean {
  return changed.length === 0 && removed.length === 0;
}
