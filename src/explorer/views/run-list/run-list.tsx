/** The list of stored runs, live. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Drawer } from '../../parts/drawer.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { server } from '../../state/server.ts';
import { cancelRun, deleteRun, repeatRun, shareRun } from '../../state/stored-runs.ts';
import { isShown, openBeside, openProblem, openRun } from '../../state/workspace.ts';
import { anyRun, type FilterChoice, filterOf } from './filter.ts';
import { Filters } from './filters.tsx';
import { ListedRuns } from './listed-runs.ts';
import type { RunActions } from './row.tsx';
import { Rows } from './rows.tsx';
import { You } from './you.tsx';
import './run-list.css';

/** Where the list covers what it opens. */
const narrow = '(max-width: 60rem)';

/** @param close closes the drawer that it stands in */
export function RunList({ close }: { readonly close: () => void }) {
  const choice = useSignal<FilterChoice>(anyRun);
  const attempt = useSignal(0);
  const list = useMemo(() => new ListedRuns(server, filterOf(choice.value, Date.now())), [choice.value, attempt.value]);
  useEffect(() => {
    void list.follow();
    return () => list.leave();
  }, [list]);
  const isFiltered = useComputed(() => Object.values(choice.value).some(Boolean));
  const opening = (open: (id: string) => Promise<void>) => (id: string) => {
    if (matchMedia(narrow).matches) close();
    void open(id);
  };
  const actions: RunActions = {
    open: opening(openRun),
    beside: opening(openBeside),
    repeat: opening(repeatRun),
    cancel: (id) => void cancelRun(id),
    remove: (id) => void deleteRun(id),
    share: (id, shared) => void shareRun(id, shared),
  };
  const { value: rows } = list.rows;
  const { value: problem } = list.problem;
  return (
    <Drawer title="Runs" name="run-list" close={close}>
      <Filters choice={choice.value} choose={(next) => (choice.value = next)} />
      {openProblem.value && <ProblemNotice problem={openProblem.value} />}
      {problem && <ProblemNotice problem={problem} again={() => attempt.value++} />}
      {!rows && !problem && <Notice kind="waiting">Reading the list …</Notice>}
      {rows?.length === 0 && (
        <Notice kind="empty">
          {isFiltered.value ? (
            <>
              <p>No run is like that.</p>
              <button type="button" onClick={() => (choice.value = anyRun)}>
                Show all runs
              </button>
            </>
          ) : (
            'No run is stored yet. Every prediction that is explained will be listed here.'
          )}
        </Notice>
      )}
      {rows && rows.length > 0 && <Rows list={list} rows={rows} isShown={isShown} actions={actions} />}
      <You />
    </Drawer>
  );
}
