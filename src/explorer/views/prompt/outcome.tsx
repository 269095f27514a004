/** A question that got no answer: why, and the ways out. */
import { useEffect } from 'preact/hooks';
import { duration } from '../../format/number.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { TokenText } from '../../parts/token.tsx';
import { type ChosenToken, draft } from '../../state/draft.ts';
import type { Explanation } from '../../state/explanation.ts';
import type { Problem } from '../../state/problem.ts';
import { askAgain, beside, edited, explain } from '../../state/workspace.ts';
import { meantBy } from './choices.ts';
import { draftExcess } from './excess.ts';
import { menuOpened } from './method-menu.tsx';

export function Outcome({ explanation }: { readonly explanation: Explanation }) {
  const { phase, problem } = explanation.attribution;
  const again = () => askAgain(explanation);
  const told = problem.value;
  const what = explanation === beside.value ? 'The run beside' : 'The run';
  if (!told || !['refused', 'failed', 'cancelled'].includes(phase.value)) return null;
  // Of the draft that is over a budget all is told already.
  if (told.code === 'OVER_CAPACITY' && !edited.value && draftExcess.value) return null;
  if (phase.value === 'cancelled')
    return (
      <Notice kind="empty">
        <p>{told.code === 'CANCELLED' ? `${what} was stopped before it had its answer.` : told.message}</p>
        <p class="ways-out">
          <button type="button" onClick={again}>
            Explain it again
          </button>
        </p>
      </Notice>
    );
  if (phase.value === 'failed') return <ProblemNotice problem={told} again={again} />;
  return <Refusal problem={told} again={again} />;
}

function Refusal({ problem, again }: { readonly problem: Problem; readonly again: () => void }) {
  const { field, candidates = [], retryAfter } = problem;
  useEffect(() => {
    if (field) focusField(field);
  }, [problem]);
  return (
    <ProblemNotice problem={problem} {...(retryAfter === undefined ? {} : { again })}>
      {retryAfter !== undefined && <span>There should be room in about {duration(retryAfter)}.</span>}
      {candidates.map(({ token }) => (
        <button type="button" key={token.tokenId} onClick={() => replace(token, problem)}>
          <TokenText token={token} />
        </button>
      ))}
      {candidates.length > 0 && (
        <button type="button" onClick={() => replace(undefined, problem)}>
          Ask without it
        </button>
      )}
      {field && (
        <button type="button" onClick={() => focusField(field)}>
          Change it
        </button>
      )}
    </ProblemNotice>
  );
}

/** Asks with a token in place of the text that was refused. */
function replace(token: ChosenToken | undefined, { message }: Problem): void {
  const refused = meantBy(message, [draft.token, draft.against, draft.baseline]);
  if (refused) refused.value = token;
  explain();
}

/** @param field of an InputError: `input.options.steps` */
function focusField(field: string): void {
  if (field.startsWith('input.options.')) menuOpened.value = true;
  // When it is drawn.
  requestAnimationFrame(() => {
    const name = field.replace(/^input\./, '');
    document.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`)?.focus();
  });
}
