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

/** As long as the attribution has not completed. Why it never will is told once, under the prompt. */
export function Unfinished({ explanation, what }: UnfinishedProps) {
  if (explanation.attribution.problem.value) return <NoAnswer />;
  return <Notice kind="waiting">{what} will be here once there is an answer.</Notice>;
}

/** Why, and the ways out, are told once for all views: under the question. */
export function NoAnswer() {
  return <p class="caption">There is no answer to show.</p>;
}

interface WithoutProps {
  readonly explanation: Explanation;
  /** Why there is nothing. */
  readonly children: ComponentChildren;
}

/** The method has no such figures: the frozen map has. */
export function WithoutFigures({ explanation, children }: WithoutProps) {
  const { options: _, ...question } = explanation.question;
  return (
    <Notice kind="empty">
      <p>{children}</p>
      <p class="ways-out">
        <button type="button" onClick={() => compare({ ...question, method: 'FROZEN' })}>
          Compare with {methodName('FROZEN')}
        </button>
      </p>
    </Notice>
  );
}
