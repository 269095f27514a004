/** Experiments, newest first, read by pages. */
import { batch, signal } from '@preact/signals';
import {
  type ExperimentFilter,
  ExperimentSummariesDocument,
  type ExperimentSummariesQuery,
} from '../../../client/generated/graphql.ts';
import { type Problem, problemOf } from '../../state/problem.ts';
import { server } from '../../state/server.ts';

const pageSize = 50;

export type ListedExperiment = NonNullable<ExperimentSummariesQuery['experiments']>['edges'][number]['node'];

export class ListedExperiments {
  /** As far as they were read; undefined until the first page is there. */
  readonly rows = signal<readonly ListedExperiment[] | undefined>(undefined);
  /** Whether there are no more pages. */
  readonly isWhole = signal(false);
  readonly problem = signal<Problem | undefined>(undefined);
  readonly #filter: ExperimentFilter;
  #cursor: string | null = null;
  #isReading = false;

  constructor(filter: ExperimentFilter) {
    this.#filter = filter;
  }

  /** Reads the next page, if there is one, and it is not on its way. */
  async more(): Promise<void> {
    if (this.#isReading || this.isWhole.value) return;
    this.#isReading = true;
    try {
      const asked = { first: pageSize, after: this.#cursor, filter: this.#filter };
      const { experiments } = await server.request(ExperimentSummariesDocument, asked);
      this.#cursor = experiments?.pageInfo.endCursor ?? this.#cursor;
      batch(() => {
        this.rows.value = [...(this.rows.value ?? []), ...(experiments?.edges.map(({ node }) => node) ?? [])];
        this.isWhole.value = !experiments?.pageInfo.hasNextPage;
      });
    } catch (thrown) {
      this.problem.value = problemOf(thrown);
    } finally {
      this.#isReading = false;
    }
  }
}
