/** The list of stored runs that a filter admits, live: read by pages, and kept up to date as long as it is followed. */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { TributaryClient } from '../../../client/client.ts';
import { RunChangesDocument, type RunFilter, RunsDocument } from '../../../client/generated/graphql.ts';
import { type Problem, problemIn, problemOf } from '../../state/problem.ts';
import type { ListedRun } from './label.ts';
import { appended, type Changes, merged, type Order, type Placed } from './merged.ts';

/** Rows that are read again at the most, where the list must be read anew. */
const mostReadAgain = 500;

const pageSize = 50;

interface PageVariables {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
  readonly filter?: RunFilter | null;
}

interface Page<Run> {
  readonly runs: {
    readonly edges: readonly { readonly node: Run }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly endCursor: string | null;
      readonly hasPreviousPage?: boolean;
      readonly startCursor?: string | null;
    };
  } | null;
}

interface RunEvents<Run extends Placed> {
  readonly runChanges:
    | (Changes<Run> & { readonly missed: boolean })
    | { readonly code: string; readonly message: string };
}

/** What is read of each run. Pages of the oldest runs are asked for by `last` and `before`. */
export interface ListDocuments<Run extends Placed> {
  readonly page: TypedDocumentNode<Page<Run>, PageVariables>;
  readonly changes: TypedDocumentNode<RunEvents<Run>, { readonly filter?: RunFilter | null }>;
}

interface ListOptions<Run extends Placed> {
  readonly documents: ListDocuments<Run>;
  readonly order?: Order;
}

const ofTheList: ListOptions<ListedRun> = { documents: { page: RunsDocument, changes: RunChangesDocument } };

export class ListedRuns<Run extends Placed = ListedRun> {
  readonly #source: Pick<TributaryClient, 'request' | 'subscribe'>;
  readonly #filter: RunFilter;
  readonly #documents: ListDocuments<Run>;
  readonly #order: Order;
  readonly #rows = signal<readonly Run[] | undefined>(undefined);
  readonly #isWhole = signal(false);
  readonly #problem = signal<Problem | undefined>(undefined);
  #events: AsyncIterableIterator<RunEvents<Run>> | undefined;
  #cursor: string | null = null;
  /** What came while a page was read, which it may not have. */
  #meanwhile: Changes<Run>[] | undefined;
  #isLeft = false;

  constructor(
    source: Pick<TributaryClient, 'request' | 'subscribe'>,
    filter: RunFilter,
    { documents, order = 'newest first' } = ofTheList as unknown as ListOptions<Run>,
  ) {
    this.#source = source;
    this.#filter = filter;
    this.#documents = documents;
    this.#order = order;
  }

  /** In its order, as far as they were read; undefined until the first page is there. */
  get rows(): ReadonlySignal<readonly Run[] | undefined> {
    return this.#rows;
  }

  /** Whether there are no more pages. */
  get isWhole(): ReadonlySignal<boolean> {
    return this.#isWhole;
  }

  get problem(): ReadonlySignal<Problem | undefined> {
    return this.#problem;
  }

  /** Whether it is followed no longer. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** Until it is left. */
  async follow(): Promise<void> {
    try {
      this.#events = this.#source.subscribe(this.#documents.changes, { filter: this.#filter });
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
    const meanwhile: Changes<Run>[] = [];
    this.#meanwhile = meanwhile;
    try {
      const page = await this.#page(this.#cursor, pageSize);
      // Read anew in between: the page is of a list that is gone.
      if (this.#meanwhile !== meanwhile) return;
      batch(() => {
        this.#isWhole.value = page.isLast;
        this.#rows.value = appended(this.#rows.value ?? [], page.runs);
        for (const changes of meanwhile) this.#rows.value = this.#with(this.#rows.value, changes, page.isLast);
      });
      this.#cursor = page.cursor;
    } catch (thrown) {
      this.#problem.value = problemOf(thrown);
    } finally {
      if (this.#meanwhile === meanwhile) this.#meanwhile = undefined;
    }
  }

  /** A row as it is from now on, where nobody tells: what is written beside a run is no change of it. */
  put(run: Run): void {
    this.#take({ changed: [run], removed: [] });
  }

  /** A run that was taken out of the list. */
  drop(id: string): void {
    this.#take({ changed: [], removed: [id] });
  }

  /** Follows it no longer. */
  leave(): void {
    this.#isLeft = true;
    void this.#events?.return?.();
  }

  #take(changes: Changes<Run>): void {
    this.#meanwhile?.push(changes);
    this.#rows.value = this.#with(this.#rows.value ?? [], changes, this.#isWhole.value);
  }

  #with(rows: readonly Run[], changes: Changes<Run>, isWhole: boolean): Run[] {
    return merged(rows, changes, isWhole, this.#order);
  }

  /** What comes meanwhile waits: the events are read one after the other. */
  async #readAnew(): Promise<void> {
    this.#meanwhile = undefined;
    const wanted = Math.min(this.#rows.value?.length ?? 0, mostReadAgain);
    const runs: Run[] = [];
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

  async #page(after: string | null, count: number) {
    const { runs } = await this.#source.request(this.#documents.page, {
      ...(this.#order === 'newest first' ? { first: count, after } : { last: count, before: after }),
      filter: this.#filter,
    });
    const nodes = runs?.edges.map(({ node }) => node) ?? [];
    const { hasNextPage, endCursor, hasPreviousPage, startCursor } = runs?.pageInfo ?? {};
    return this.#order === 'newest first'
      ? { runs: nodes, cursor: endCursor ?? after, isLast: !hasNextPage }
      : { runs: nodes.reverse(), cursor: startCursor ?? after, isLast: !hasPreviousPage };
  }
}

/** An empty event is the first of a subscription, also of one that was begun again after the connection was lost. */
function isFirst({ changed, removed }: Changes<Placed>): boolean {
  return changed.length === 0 && removed.length === 0;
}
