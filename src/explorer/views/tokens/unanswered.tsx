/** What is said as long as there is no answer: waiting, under way, refused, failed, stopped; each with a way out. */
import type { ComponentChildren } from 'preact';
import { duration } from '../../format/number.ts';
import { quoted } from '../../format/token.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { draft } from '../../state/draft.ts';
import type { Explanation } from '../../state/explanation.ts';
import type { Problem } from '../../state/problem.ts';
import { explain } from '../../state/workspace.ts';
import { methodOf } from './answer.ts';
import { methodName } from './wording.ts';

interface UnansweredProps {
  readonly explanation: Explanation;
  /** How far it is, once it is under way. */
  readonly children?: ComponentChildren;
}

export function Unanswered({ explanation, children }: UnansweredProps) {
  const { phase, problem, run } = explanation.attribution;
  if (problem.value) return <Refused explanation={explanation} problem={problem.value} />;
  if (phase.value === 'running')
    return (
      <p class="progress" role="status">
        {children}
      </p>
    );
  const queue = run.value?.queue;
  return (
    <Notice kind="waiting">
      {phase.value === 'asking' ? 'The question is being asked.' : queue ? waits(queue) : 'The run is about to begin.'}
    </Notice>
  );
}

/** What is wrong with the question itself stays wrong when it is asked again. */
const asked = ['INPUT', 'PROMPT', 'TARGET', 'UNKNOWN_MODEL'];

/** What is refused or too much may be let through by a lighter method; a text that is several tokens may mean one of them. */
function Refused({ explanation, problem }: { readonly explanation: Explanation; readonly problem: Problem }) {
  const isHeavy = problem.code === 'OVER_CAPACITY' && methodOf(explanation.question) !== 'FROZEN';
  return (
    <ProblemNotice problem={problem} {...(!asked.includes(problem.code) && { again: explain })}>
      {isHeavy && (
        <button
          type="button"
          onClick={() => {
            draft.method.value = 'FROZEN';
            explain();
          }}
        >
          Explain by {methodName('FROZEN')}, which is lighter
        </button>
      )}
      {problem.candidates?.map(({ token }) => (
        <button
          type="button"
          key={token.tokenId}
          onClick={() => {
            draft.token.value = token;
            explain();
          }}
        >
          Explain {quoted(token)}
        </button>
      ))}
    </ProblemNotice>
  );
}

function waits({ ahead, expectedStart }: { readonly ahead: number; readonly expectedStart: string }): string {
  const seconds = Math.max(0, (Date.parse(expectedStart) - Date.now()) / 1000);
  return `Waiting for its turn: ${ahead} before it, about ${duration(seconds)}.`;
}
