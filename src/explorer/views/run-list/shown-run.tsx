/** What is to be said of the run that is shown: that it was deleted, or that its model is gone. */
import { Notice } from '../../parts/notice.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { deleted } from '../../state/workspace.ts';

export function ShownRun({ explanation }: { readonly explanation: Explanation }) {
  const { attribution, circulation, remarks } = explanation;
  const ids = [attribution, circulation.value].map((run) => run?.run.value?.id ?? '');
  const isDeleted = ids.some((id) => deleted.value.has(id));
  return (
    <>
      {remarks.value.map((remark) => (
        <Notice key={remark} kind="empty">
          {remark}
        </Notice>
      ))}
      {isDeleted && <Notice kind="empty">This run was deleted: its link leads nowhere any more.</Notice>}
    </>
  );
}
