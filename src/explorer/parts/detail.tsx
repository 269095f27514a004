/** A view's own question: drawn once it is answered, and what is said until then. */
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Detail } from '../state/detail.ts';
import { Notice, ProblemNotice } from './notice.tsx';

interface AnsweredProps<Answer> {
  readonly detail: ReadonlySignal<Detail<Answer>>;
  /** What is waited for: `the neurons`. */
  readonly what: string;
  readonly children: (answer: Answer) => ComponentChildren;
}

export function Answered<Answer>({ detail, what, children }: AnsweredProps<Answer>) {
  const { value } = detail;
  if (value.status === 'ready') return <>{children(value.answer)}</>;
  if (value.status === 'failed') return <ProblemNotice {...value} />;
  return (
    <Notice kind="waiting">
      {value.status === 'waiting' ? `When the attribution is there, ${what} will be asked for.` : `Computing ${what} …`}
    </Notice>
  );
}
