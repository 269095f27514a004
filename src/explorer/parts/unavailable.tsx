/** What is said where a view cannot show anything: the attribution is not there yet or never will be, or its method has none. */
import type { ComponentChildren } from 'preact';
import { methodName } from '../format/method.ts';
import type { Explanation } from '../state/explanation.ts';
import { compare } from '../state/workspace.ts';
import { Notice } from './notice.tsx';

interface UnfinishedProps {
  readonly explanation: Explanation;
  /** What there will be: `The neurons`. */
  readonly what: string;
}

/** As long as the attribution has not completed. */
export function Unfinished({ explanation, what }: UnfinishedProps) {
  const { phase } = explanation.attribution;
  if (phase.value === 'asking' || phase.value === 'waiting' || phase.value === 'running')
    return <Notice kind="waiting">{what} will be here once the attribution is there.</Notice>;
  return <NoAnswer />;
}

/** Why, and the ways out, are told once for all views: under the question. */
export function NoAnswer() {
  return <Notice kind="empty">There is no answer to show. Why stands under the question.</Notice>;
}

interface WithoutProps {
  readonly explanation: Explanation;
  /** Why there is nothing. */
  readonly children: ComponentChildren;
}

/** The method has no such figures: FROZEN has. */
export function WithoutFigures({ explanation, children }: WithoutProps) {
  const { options: _, ...question } = explanation.question;
  return (
    <Notice kind="empty">
      <p>{children}</p>
      <p class="ways-out">
        <button type="button" onClick={() => compare({ ...question, method: 'FROZEN' })}>
          Show {methodName('FROZEN')} beside it
        </button>
      </p>
    </Notice>
  );
}
