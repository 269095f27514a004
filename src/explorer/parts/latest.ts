/** An answer that gives way to the next one only when that is there: a table that is asked for more of does not vanish. */
import type { ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Detail } from '../state/detail.ts';

export interface Latest<Answer, Asked> {
  /** Undefined until the first one is there. */
  readonly answer: Answer | undefined;
  /** What that answers. */
  readonly answered: Asked;
  /** As it stands with what is asked now. */
  readonly detail: Detail<Answer>;
}

/** @param asked what the detail answers */
export function useLatest<Answer, Asked>(
  { value: detail }: ReadonlySignal<Detail<Answer>>,
  asked: Asked,
): Latest<Answer, Asked> {
  const last = useRef<{ answer: Answer; asked: Asked }>(undefined);
  if (detail.status === 'ready') last.current = { answer: detail.answer, asked };
  return { answer: last.current?.answer, answered: last.current?.asked ?? asked, detail };
}
