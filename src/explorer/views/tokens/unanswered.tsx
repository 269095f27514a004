/** What is said as long as there is no answer: how long it waits, how far it is, or that there will be none. */
import type { ComponentChildren } from 'preact';
import { duration } from '../../format/number.ts';
import { Notice } from '../../parts/notice.tsx';
import { NoAnswer } from '../../parts/unavailable.tsx';
import type { Explanation } from '../../state/explanation.ts';

interface UnansweredProps {
  readonly explanation: Explanation;
  /** How far it is, once it is under way. */
  readonly children?: ComponentChildren;
}

export function Unanswered({ explanation, children }: UnansweredProps) {
  const { phase, problem, run } = explanation.attribution;
  if (problem.value) return <NoAnswer />;
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

function waits({ ahead, expectedStart }: { readonly ahead: number; readonly expectedStart: string }): string {
  const seconds = Math.max(0, (Date.parse(expectedStart) - Date.now()) / 1000);
  return `Waiting for its turn: ${ahead} before it, about ${duration(seconds)}.`;
}
