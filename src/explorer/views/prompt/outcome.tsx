/** A question that got no answer: why, and the ways out. */
import { useEffect } from 'preact/hooks';
import { duration } from '../../format/number.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { TokenText } from '../../parts/token.tsx';
import { draft } from '../../state/draft.ts';
import type { Explanation } from '../../state/explanation.ts';
import type { Problem } from '../../state/problem.ts';
import { askAgain, beside, explain } from '../../state/workspace.ts';
import { type Candidate, meantBy } from './choices.ts';
import { menuOpened } from './method-menu.tsx';

export function Outcome({ explanation }: { readonly explanation: Explanation }) {
  const { phase, problem } = explanation.attribution;
  const again = () => askAgain(explanation);
  const told = problem.value;
  const what = explanation === beside.value ? 'The run beside' : 'The run';
  if (!told || !['refused', 'failed', 'cancelled'].includes(phase.value)) return null;
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
      {candidates.map((candidate) => (
        <button
          type="button"
          key={candidate.token.tokenId}
          onClick={() => {
            take(candidate, problem);
            explain();
          }}
        >
          <TokenText token={candidate.token} />
        </button>
      ))}
      {field && (
        <button type="button" onClick={() => focusField(field)}>
          Change it
        </button>
      )}
    </ProblemNotice>
  );
}

/** In place of the text that was refused. */
export function take({ token: { text, tokenId, special } }: Candidate, { message }: Problem): void {
  const { token, against, baseline } = draft;
  const refused = meantBy(message, [token, against, baseline]);
  if (refused) refused.value = { text, tokenId, special };
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
