/** What is said where there is nothing to draw: waiting, refused, failed; each with a way out. */
import type { ComponentChildren } from 'preact';
import type { Problem } from '../state/problem.ts';

export type NoticeKind = 'waiting' | 'empty' | 'problem';

interface NoticeProps {
  readonly kind: NoticeKind;
  readonly children: ComponentChildren;
}

export function Notice({ kind, children }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={kind === 'problem' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

interface ProblemNoticeProps {
  readonly problem: Problem;
  /** Asks again. */
  readonly again?: (() => void) | undefined;
  /** Further ways out. */
  readonly children?: ComponentChildren;
}

export function ProblemNotice({ problem, again, children }: ProblemNoticeProps) {
  return (
    <Notice kind="problem">
      <p>{problem.message}</p>
      <p class="ways-out">
        {again && (
          <button type="button" onClick={again}>
            Try again
          </button>
        )}
        {children}
      </p>
    </Notice>
  );
}
