/** Asks; says before what that would take, and where it stands while it is under way. */
import { draftEstimate } from '../../state/drafted.ts';
import { askAnswer, beside, edited, explanation } from '../../state/workspace.ts';
import { askIn } from './ask.ts';
import { costInFull, costOf } from './cost.ts';
import { draftObstacle } from './draft-obstacle.ts';
import { draftExcess } from './excess.ts';
import { isUnderWay, Progress } from './progress.tsx';

export function ExplainButton() {
  const underWay = [explanation.value, beside.value].filter((one) => one && isUnderWay(one));
  const { value: shown } = explanation;
  const isNew = !shown || edited.value || !['completed', 'running', 'waiting'].includes(shown.attribution.phase.value);
  return (
    <div class="explain">
      <div class="asks">
        <button
          type="submit"
          class={isNew ? 'primary' : ''}
          aria-keyshortcuts="Control+Enter Meta+Enter"
          title="Ctrl+Enter"
        >
          Explain
        </button>
        <button
          type="button"
          aria-keyshortcuts="Control+Shift+Enter Meta+Shift+Enter"
          title="Has the model go on, and explains each of its tokens: Ctrl+Shift+Enter"
          onClick={({ currentTarget }) => askIn(currentTarget.form as HTMLElement, askAnswer)}
        >
          Answer
        </button>
      </div>
      {underWay.map((one) => one && <Progress key={one} explanation={one} />)}
      {underWay.length === 0 && <Cost />}
      {edited.value && <p class="quiet">Edited: the answer below is to the previous question.</p>}
    </div>
  );
}

function Cost() {
  const inTheWay = draftObstacle.value;
  if (draftExcess.value) return <p class="wrong">Over budget</p>;
  // Why it was refused is told below.
  if (!edited.value && explanation.value?.attribution.phase.value === 'refused') return null;
  if (inTheWay) return <p class="quiet">{inTheWay}</p>;
  const { answer, pending } = draftEstimate.value;
  if (!answer || 'code' in answer) return <p class="quiet">{answer && !pending ? answer.message : ''}</p>;
  return (
    <p class="quiet" title={costInFull(answer)} aria-busy={pending}>
      {costOf(answer)}
    </p>
  );
}
