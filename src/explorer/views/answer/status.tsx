/** Where an answer stands, how to stop it, and what to do where it was not finished. */
import { useEffect } from 'preact/hooks';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { useNow } from '../../parts/now.ts';
import type { Answer } from '../../state/answer.ts';
import { modelNamed } from '../../state/models.ts';
import { connected } from '../../state/server.ts';
import { stop } from '../../state/stop.ts';
import { answerAgain, deleted } from '../../state/workspace.ts';
import { answerMenuOpened } from '../prompt/answer-menu.tsx';
import { standing } from '../prompt/standing.ts';
import { Lighter } from './lighter.tsx';
import { shownOf } from './shown.ts';
import { counted, ending, growing } from './words.ts';

/** Milliseconds between two looks at the clock. */
const lookEvery = 500;

export function isGrowing({ phase }: Answer): boolean {
  return ['asking', 'waiting', 'running'].includes(phase.value);
}

export function Status({ answer }: { readonly answer: Answer }) {
  const { completed, tokens } = answer;
  if (isGrowing(answer)) return <UnderWay answer={answer} />;
  const count = tokens.value.length;
  const words = completed.value
    ? ending(completed.value)
    : { cancelled: `Stopped after ${counted(count)}.`, failed: `Failed after ${counted(count)}.` }[
        answer.phase.value as 'cancelled' | 'failed'
      ];
  return words && (count > 0 || completed.value) ? (
    <p class="status ended" role="status">
      {words}
    </p>
  ) : null;
}

function UnderWay({ answer }: { readonly answer: Answer }) {
  const { phase, run, started, asked } = answer;
  const shown = shownOf(answer);
  const now = useNow(lookEvery);
  const waits = { phase: phase.value, queue: run.value?.queue, model: modelNamed(asked.input.model) };
  const most = started.value?.maxTokens;
  const count = answer.tokens.value.length;
  const { words, done, total } =
    most !== undefined && shown
      ? { words: growing(shown.written, { most, explained: asked.explained }), done: count, total: most }
      : standing({ ...waits, passed: 0, attributed: 0, done: 0 }, now);
  return (
    <div class="status">
      <span role="status">{connected.value ? words : `Connecting again · ${counted(count)} so far`}</span>
      <progress aria-label={words} value={done} max={total} />
      <button type="button" disabled={phase.value === 'asking'} onClick={() => void stop(answer)}>
        Stop
      </button>
    </div>
  );
}

/** Why it was not finished, and the ways out. */
export function Outcome({ answer }: { readonly answer: Answer }) {
  const { phase, problem } = answer;
  const again = () => answerAgain(answer);
  const told = problem.value;
  // What takes too much takes too much again, unless it is for others that there is no room.
  const mayHelp = told?.retryAfter !== undefined || (phase.value === 'failed' && told?.code !== 'OVER_CAPACITY');
  const field = told?.field?.replace(/^input\./, '');
  useEffect(() => {
    if (field) focusField(field);
  }, [told]);
  return (
    <>
      {deleted.value.has(answer.run.value?.id ?? '') && (
        <Notice kind="empty">This run was deleted: its link leads nowhere any more.</Notice>
      )}
      {answer.isOutdated && (
        <Notice kind="empty">
          The model “{answer.question.model}” is gone, or another one now than it was for this answer: what was stored
          is shown.
        </Notice>
      )}
      {told && phase.value === 'cancelled' && (
        <Notice kind="empty">
          <p>{told.code === 'CANCELLED' ? 'The answer was stopped before its end.' : told.message}</p>
          <p class="ways-out">
            <button type="button" onClick={again}>
              Answer again
            </button>
          </p>
        </Notice>
      )}
      {told && phase.value !== 'cancelled' && (
        <ProblemNotice problem={told} {...(mayHelp && { again })}>
          {field && (
            <button type="button" onClick={() => focusField(field)}>
              Change it
            </button>
          )}
          {told.code === 'OVER_CAPACITY' && <Lighter asked={answer.asked} />}
        </ProblemNotice>
      )}
    </>
  );
}

/** @param field of an answer's options, or of the prompt */
function focusField(field: string): void {
  answerMenuOpened.value = !field.startsWith('prompt');
  // When it is drawn.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-field="${CSS.escape(field)}"]`)?.focus());
}
