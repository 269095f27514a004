/** Questions that change as one types: the answer to the newest of them, and no earlier one after a later one. */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { type Problem, problemOf } from './problem.ts';

export interface Latest<Answer> {
  /** To the newest question that has been answered; undefined before that, and while nothing is asked. */
  readonly answer?: Answer;
  /** Why the newest has no answer. */
  readonly problem?: Problem;
  /** Whether a newer question has been asked. */
  readonly pending: boolean;
}

interface LatestOptions<Question, Answer> {
  /** Of signals: asked anew whenever one of them changes. Undefined: nothing is asked. */
  readonly question: () => Question | undefined;
  readonly ask: (question: Question, signal: AbortSignal) => Promise<Answer>;
  /** Milliseconds without a newer question until one is asked. */
  readonly delay: number;
}

/** Asks until it is ended. */
export function latest<Question, Answer>({
  question,
  ask,
  delay,
}: LatestOptions<Question, Answer>): {
  readonly state: ReadonlySignal<Latest<Answer>>;
  readonly end: () => void;
} {
  const state = signal<Latest<Answer>>({ pending: false });
  const end = effect(() => {
    const asked = question();
    const before = state.peek();
    if (asked === undefined) {
      if (before.pending || before.answer !== undefined || before.problem) state.value = { pending: false };
      return;
    }
    if (!before.pending) state.value = { ...before, pending: true };
    const newer = new AbortController();
    const timer = setTimeout(async () => {
      const told = await ask(asked, newer.signal).then(
        (answer): Latest<Answer> => ({ answer, pending: false }),
        (thrown): Latest<Answer> => ({ problem: problemOf(thrown), pending: false }),
      );
      if (!newer.signal.aborted) state.value = told;
    }, delay);
    return () => {
      clearTimeout(timer);
      newer.abort();
    };
  });
  return { state, end };
}
