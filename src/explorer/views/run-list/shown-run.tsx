/** What is to be said of the run that is shown: that it was deleted, or is of a model that is gone. */
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { askAgain, beside, deleted } from '../../state/workspace.ts';
import './run-list.css';

export function ShownRun({ explanation }: { readonly explanation: Explanation }) {
  const { attribution, circulation, remarks } = explanation;
  const isDeleted = [attribution, circulation.value].some((run) => deleted.value.has(run?.run.value?.id ?? ''));
  return (
    <>
      {remarks.value.map((remark) => (
        <Notice key={remark} kind="empty">
          {remark}
        </Notice>
      ))}
      {isDeleted && <Notice kind="empty">This run was deleted: its link leads nowhere any more.</Notice>}
      {explanation === beside.value && <Unanswered explanation={explanation} />}
    </>
  );
}

/** Of the first one that is said where it was asked. */
function Unanswered({ explanation }: { readonly explanation: Explanation }) {
  const { problem } = explanation.attribution;
  return problem.value && <ProblemNotice problem={problem.value} again={() => askAgain(explanation)} />;
}
