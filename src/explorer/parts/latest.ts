/** An answer that gives way to the next one only when that is there: a table that is asked for more of does not vanish. */
import type { ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Detail } from '../state/detail.ts';

export interface Latest<Answer> {
  /** Undefined until the first one is there. */
  readonly answer: Answer | undefined;
  readonly detail: Detail<Answer>;
}

export function useLatest<Answer>({ value: detail }: ReadonlySignal<Detail<Answer>>): Latest<Answer> {
  const last = useRef<Answer>(undefined);
  if (detail.status === 'ready') last.current = detail.answer;
  return { answer: last.current, detail };
}
