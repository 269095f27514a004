/** The runs of an experiment: which of them, in which order, and what can be taken along. */
import { effect, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import {
  ExperimentRunChangesDocument,
  ExperimentRunTableDocument,
  RunAggregatesDocument,
  type RunFilter,
} from '../../../../client/generated/graphql.ts';
import { shortened } from '../../../format/shortened.ts';
import { Notice, ProblemNotice } from '../../../parts/notice.tsx';
import type { Problem } from '../../../state/problem.ts';
import { server } from '../../../state/server.ts';
import { openRun } from '../../../state/workspace.ts';
import { anyRun, type FilterChoice, filterOf } from '../../run-list/filter.ts';
import { Filters } from '../../run-list/filters.tsx';
import { ListedRuns } from '../../run-list/listed-runs.ts';
import { counted, runs } from '../aggregates.ts';
import { addRun, removeRun, updateRun } from '../changes.ts';
import { go } from '../go.ts';
import { type ExperimentPlace, writePlace } from '../place.ts';
import { useAsked } from '../use-asked.ts';
import { useThrottled } from '../use-throttled.ts';
import { type ExperimentRun, isServersOrder } from './columns.ts';
import { FileAnchor } from './file-anchor.tsx';
import { RunTable } from './table.tsx';
import { fileLinks } from './taken.ts';

const documents = { page: ExperimentRunTableDocument, changes: ExperimentRunChangesDocument };

/** Milliseconds between two looks at what all of them come to, while they change. */
const lookEvery = 2000;

/** Rows that the page sorts by itself at the most. */
const mostSorted = 20_000;

interface RunsProps {
  readonly id: string;
  readonly place: ExperimentPlace;
  /** Says that they are others now. */
  readonly changed: () => void;
}

export function Runs({ id, place, changed }: RunsProps) {
  const { experiment, filter: choice, sorting } = place;
  const attempt = useSignal(0);
  const taken = useSignal<ExperimentRun | undefined>(undefined);
  const refused = useSignal<Problem | undefined>(undefined);
  const order = sorting.by === 'asked' && sorting.ascending ? 'oldest first' : 'newest first';
  const filter = useMemo((): RunFilter => ({ ...filterOf(choice, Date.now()), experiment }), [JSON.stringify(choice)]);
  const list = useMemo(
    () => new ListedRuns<ExperimentRun>(server, filter, { documents, order }),
    [filter, order, attempt.value],
  );
  useEffect(() => {
    void list.follow();
    return () => list.leave();
  }, [list]);
  const { answer, again } = useAsked(RunAggregatesDocument, { filter });
  const look = useMemo(
    () => () => {
      again();
      changed();
    },
    [again, changed],
  );
  const changedSoon = useThrottled(look, lookEvery);
  useEffect(() => {
    let isRead = false;
    return effect(() => {
      if (isRead) changedSoon();
      isRead = list.rows.value !== undefined;
    });
  }, [list, changedSoon]);
  const { value: rows } = list.rows;
  const { value: problem } = list.problem;
  const isFiltered = Object.values(choice).some(Boolean);
  const choose = (next: FilterChoice) => go({ ...place, filter: next });
  const actions = {
    open: (run: string) => void openRun(run),
    pin: async (run: ExperimentRun, pinned: boolean) => {
      refused.value = await updateRun(run.id, { pinned });
      if (!refused.value) list.put({ ...run, pinned });
    },
    write: async (run: ExperimentRun, note: string) => {
      refused.value = await updateRun(run.id, { note });
      if (!refused.value) list.put({ ...run, note });
    },
    remove: async (run: ExperimentRun) => {
      refused.value = await removeRun(id, run.id);
      if (refused.value) return;
      list.drop(run.id);
      taken.value = run;
    },
  };
  const putBack = async (run: ExperimentRun) => {
    refused.value = await addRun(id, run.id);
    if (refused.value) return;
    taken.value = undefined;
    // Where it stands among those that were asked for with it, the server knows.
    attempt.value++;
  };
  return (
    <section class="experiment-runs" aria-label="Runs">
      <Filters choice={choice} choose={choose} />
      {refused.value && <ProblemNotice problem={refused.value} />}
      {taken.value && (
        <Notice kind="empty">
          <p class="ways-out">
            Taken out of the experiment: {shortened(taken.value.input.prompt.text ?? 'a run', 60)}
            <button type="button" onClick={() => void putBack(taken.value as ExperimentRun)}>
              Put it back
            </button>
          </p>
        </Notice>
      )}
      {problem && <ProblemNotice problem={problem} again={() => attempt.value++} />}
      {!rows && !problem && <Notice kind="waiting">Reading the runs …</Notice>}
      {rows?.length === 0 && <None isFiltered={isFiltered} place={place} />}
      {rows && rows.length > 0 && (
        <>
          <div class="over-table">
            <Read list={list} count={answer?.runAggregates.count} isSorted={!isServersOrder(sorting)} />
            <span class="files">
              Take them along:{' '}
              {fileLinks(filter).map((link) => (
                <FileAnchor key={link.label} link={link} onProblem={(told) => (refused.value = told)} />
              ))}
            </span>
          </div>
          <RunTable
            list={list}
            rows={rows}
            sorting={sorting}
            sort={(next) => go({ ...place, sorting: next })}
            actions={actions}
          />
        </>
      )}
    </section>
  );
}

interface ReadProps {
  readonly list: ListedRuns<ExperimentRun>;
  /** Of all that the filter admits; undefined until it is known. */
  readonly count: number | undefined;
  /** Whether by what the server does not sort by. */
  readonly isSorted: boolean;
}

/** How many there are, and of how many the order is: what is not read is not sorted. */
function Read({ list, count, isSorted }: ReadProps) {
  const isReading = useSignal(false);
  const { length = 0 } = list.rows.value ?? [];
  const isWhole = list.isWhole.value;
  const isFull = length >= mostSorted;
  const readAll = async () => {
    isReading.value = true;
    const mayRead = () => !list.isWhole.value && !list.problem.value && !list.isLeft;
    while (mayRead() && (list.rows.value?.length ?? 0) < mostSorted) await list.more();
    isReading.value = false;
  };
  if (!isSorted || isWhole) return <span role="status">{runs(Math.max(count ?? 0, length))}</span>;
  return (
    <span role="status">
      Sorted are the {counted(length)} that have been read{count !== undefined && `, of ${counted(count)}`}.{' '}
      {isFull ? (
        'No more are sorted here: a file has them all.'
      ) : (
        <button type="button" disabled={isReading.value} onClick={() => void readAll()}>
          {isReading.value ? 'Reading …' : 'Read them all'}
        </button>
      )}
    </span>
  );
}

function None({ isFiltered, place }: { readonly isFiltered: boolean; readonly place: ExperimentPlace }) {
  const sweep: ExperimentPlace = { ...place, shown: 'sweeps' };
  return (
    <Notice kind="empty">
      {isFiltered ? (
        <p class="ways-out">
          No run of this experiment is like that.
          <button type="button" onClick={() => go({ ...place, filter: anyRun })}>
            Show all its runs
          </button>
        </p>
      ) : (
        <p>
          It has no runs yet. <a href={writePlace(sweep)}>Start a sweep</a>: one question over many prompts; or name
          this experiment in any request.
        </p>
      )}
    </Notice>
  );
}
