/** What is to be said of the run that is shown: that it ended without an answer, was deleted, or is of a model that is gone. */
import { Notice } from '../../parts/notice.tsx';
import type { Explanation } from '../../state/explanation.ts';
import type { FollowedRun } from '../../state/run.ts';
import { askAgain, deleted, endComparison } from '../../state/workspace.ts';
import { methodName } from './label.ts';
import './run-list.css';

interface ShownRunProps {
  readonly explanation: Explanation;
  /** The one that stands beside it. */
  readonly other: Explanation | undefined;
}

export function ShownRun({ explanation, other }: ShownRunProps) {
  const { attribution, circulation, question, remarks } = explanation;
  const isDeleted = [attribution, circulation.value].some((run) => deleted.value.has(run?.run.value?.id ?? ''));
  return (
    <>
      {other && (
        <div class="compared">
          <strong>{methodName(question.method ?? 'FROZEN')}</strong>
          <span class="grow" />
          <button type="button" onClick={() => endComparison(other)}>
            Close this one
          </button>
        </div>
      )}
      {remarks.value.map((remark) => (
        <Notice key={remark} kind="empty">
          {remark}
        </Notice>
      ))}
      {isDeleted && <Notice kind="empty">This run was deleted: its link leads nowhere any more.</Notice>}
      <Ended run={attribution} what="attribution" />
      {circulation.value && <Ended run={circulation.value} what="circulation" />}
    </>
  );
}

interface EndedProps {
  readonly run: FollowedRun;
  readonly what: string;
}

/** Without its answer. */
function Ended({ run, what }: EndedProps) {
  const { phase, problem } = run;
  const id = run.run.value?.id;
  if (!id || !problem.value || (phase.value !== 'failed' && phase.value !== 'cancelled')) return null;
  return (
    <Notice kind="problem">
      <p>
        The {what} {phase.value === 'failed' ? 'failed' : 'was cancelled'}: {problem.value.message} What it had told is
        shown.
      </p>
      <p class="ways-out">
        <button type="button" onClick={() => void askAgain(id)}>
          Ask again
        </button>
      </p>
    </Notice>
  );
}
