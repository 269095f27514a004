/** One sweep: how far it is, what ended last, what failed; stopped and gone on with. */
import { useEffect, useMemo } from 'preact/hooks';
import {
  type SweepPartsFragment,
  type SweepRowPartsFragment,
  type SweepRowStatus,
  SweepRowsDocument,
} from '../../../../client/generated/graphql.ts';
import { exact, signed } from '../../../format/number.ts';
import { ago, exactTime } from '../../../format/time.ts';
import { plain } from '../../../format/token.ts';
import { ProblemNotice } from '../../../parts/notice.tsx';
import { useNow } from '../../../parts/now.ts';
import { openRun } from '../../../state/workspace.ts';
import { useAsked } from '../use-asked.ts';
import { FollowedSweep } from './followed-sweep.ts';
import { progressInWords, statusInWords } from './words.ts';

const minute = 60_000;
/** Rows of each kind that are listed. */
const mostRows = 10;

interface SweepViewProps {
  readonly sweep: SweepPartsFragment;
  /** In the experiment, from 1. */
  readonly number: number;
  readonly isOpen: boolean;
  readonly open: (isOpen: boolean) => void;
  /** Says that the runs are others now. */
  readonly changed: () => void;
}

export function SweepView({ sweep, number, isOpen, open, changed }: SweepViewProps) {
  const followed = useMemo(() => new FollowedSweep(sweep), [sweep.id]);
  const now = useNow(minute);
  const { value: state } = followed.state;
  useEffect(() => {
    void followed.follow(changed);
  }, [followed, state.status]);
  useEffect(() => () => followed.leave(), [followed]);
  const { status, rowCount, done, failed, left, createdAt } = state;
  return (
    <section class="sweep" aria-label={`Sweep ${number}`}>
      <header>
        <button type="button" aria-expanded={isOpen} onClick={() => open(!isOpen)}>
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> Sweep {number}
        </button>
        <span class={status.toLowerCase()}>{statusInWords(state)}</span>
        <time class="quiet" dateTime={createdAt} title={exactTime(createdAt)}>
          {ago(createdAt, now)}
        </time>
        <span class="grow" />
        {status === 'RUNNING' && (
          <button type="button" onClick={() => void followed.cancel()}>
            Cancel
          </button>
        )}
        {status === 'CANCELLED' && left > 0 && (
          <button type="button" onClick={() => void followed.resume(false)}>
            Resume
          </button>
        )}
        {status !== 'RUNNING' && failed > 0 && (
          <button type="button" onClick={() => void followed.resume(true)}>
            Ask the failed again
          </button>
        )}
      </header>
      <progress max={rowCount} value={done + failed} aria-label={`Sweep ${number}: rows that have ended`} />
      <p class="how">{progressInWords(state)}</p>
      {followed.problem.value && <ProblemNotice problem={followed.problem.value} />}
      {isOpen && (
        <div class="rows-of-sweep">
          {followed.latest.value.length > 0 ? (
            <RowTable label="Latest rows" rows={followed.latest.value} />
          ) : (
            <StoredRows id={state.id} status="DONE" label="First rows" key={`done ${done}`} />
          )}
          {failed > 0 && <StoredRows id={state.id} status="FAILED" label="Failed rows" key={`failed ${failed}`} />}
        </div>
      )}
    </section>
  );
}

interface StoredRowsProps {
  readonly id: string;
  readonly status: SweepRowStatus;
  readonly label: string;
}

function StoredRows({ id, status, label }: StoredRowsProps) {
  const { answer, problem, again } = useAsked(SweepRowsDocument, { id, statuses: [status], first: mostRows });
  if (problem) return <ProblemNotice problem={problem} again={again} />;
  const rows = answer?.sweep?.rows?.edges.map(({ node }) => node) ?? [];
  if (rows.length === 0) return null;
  return <RowTable label={label} rows={rows} />;
}

function RowTable({ label, rows }: { readonly label: string; readonly rows: readonly SweepRowPartsFragment[] }) {
  return (
    <div class="scrolled">
      <table class="figures">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col" class="number">
              Row
            </th>
            <th scope="col">Slots</th>
            <th scope="col" class="number">
              Score
            </th>
            <th scope="col">How it ended</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ index, slots, run, found, error }) => (
            <tr key={index}>
              <td class="number">{index}</td>
              <td>{plain(slots.map(({ value }) => value).join(' · ')) || '–'}</td>
              <td class="number" title={run?.score == null ? undefined : exact(run.score)}>
                {run?.score == null ? '–' : signed(run.score)}
              </td>
              <td>
                {error ? (
                  <span class="wrong">{error.message}</span>
                ) : run ? (
                  <button type="button" class="open" onClick={() => void openRun(run.id)}>
                    {found ? 'was answered before: open' : 'open'}
                  </button>
                ) : (
                  'its run was deleted'
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
