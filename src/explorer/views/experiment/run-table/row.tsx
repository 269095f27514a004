// biome-ignore-all lint/a11y/useSemanticElements: cells of a grid whose rows stand where they are scrolled to.
// biome-ignore-all lint/a11y/useFocusableInteractive: what is in a cell has the focus.
/** One run in the table. Each cell has one thing to be reached: what it does, or itself. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { duration, exact, percent, signed } from '../../../format/number.ts';
import { shortened } from '../../../format/shortened.ts';
import { ago, exactTime } from '../../../format/time.ts';
import { plain } from '../../../format/token.ts';
import { type ExperimentRun, methodIn, type RunColumn, secondsOf, slotsOf, targetIn } from './columns.ts';

/** Characters of a prompt: what has no room is cut off by the style. */
const longestPrompt = 160;
const longestNote = 2000;

export interface RunChangesMade {
  readonly open: (id: string) => void;
  readonly pin: (run: ExperimentRun, pinned: boolean) => void;
  readonly write: (run: ExperimentRun, note: string) => void;
  readonly remove: (run: ExperimentRun) => void;
}

interface RunCellsProps {
  readonly run: ExperimentRun;
  /** From 1. */
  readonly row: number;
  readonly columns: readonly RunColumn[];
  readonly now: number;
  readonly tabIndex: (column: number) => 0 | -1;
  readonly actions: RunChangesMade;
}

export function RunCells({ run, row, columns, now, tabIndex, actions }: RunCellsProps) {
  const own = (column: number) => ({ 'data-cell': `${row}:${column}`, tabIndex: tabIndex(column) });
  return (
    <>
      {columns.map(({ name, isNumber }, column) => (
        <div key={name} role="gridcell" data-column={name} class={isNumber ? 'number' : undefined}>
          <CellOf name={name} run={run} now={now} own={own(column)} actions={actions} />
        </div>
      ))}
      <div role="gridcell">
        <button
          type="button"
          {...own(columns.length)}
          aria-label="Take it out of the experiment"
          title="Take it out of the experiment; the run itself stays"
          onClick={() => actions.remove(run)}
        >
          ×
        </button>
      </div>
    </>
  );
}

interface CellProps {
  readonly name: string;
  readonly run: ExperimentRun;
  readonly now: number;
  readonly own: { readonly 'data-cell': string; readonly tabIndex: 0 | -1 };
  readonly actions: RunChangesMade;
}

function CellOf({ name, run, now, own, actions }: CellProps) {
  const { pinned, modelName, score, targetRank, targetProbability, auditPassed, createdAt, status, error, input } = run;
  const said = (text: ComponentChildren, title?: string, kind?: string) => (
    <span {...own} title={title} class={kind}>
      {text}
    </span>
  );
  switch (name) {
    case 'pinned':
      return (
        <button
          type="button"
          {...own}
          aria-pressed={pinned}
          aria-label="Pinned: kept whatever else is deleted"
          title={pinned ? 'Pinned: it is kept whatever else is deleted' : 'Pin it: it is kept whatever else is deleted'}
          onClick={() => actions.pin(run, !pinned)}
        >
          {pinned ? '★' : '☆'}
        </button>
      );
    case 'prompt': {
      const { text } = input.prompt;
      return (
        <button type="button" class="open" {...own} title={text ?? undefined} onClick={() => actions.open(run.id)}>
          {text === null ? 'A prompt whose text was not kept' : shortened(text, longestPrompt) || '(an empty prompt)'}
        </button>
      );
    }
    case 'slots':
      return said(
        plain(slotsOf(run)) || '–',
        run.slots.map((slot) => `${slot.name} = ${plain(slot.value)}`).join('\n'),
      );
    case 'target':
      return said(targetIn(run), targetIn(run));
    case 'model':
      return said(modelName, modelName);
    case 'method':
      return said(methodIn(run));
    case 'score':
      return score === null ? said('–') : said(signed(score), exact(score), score < 0 ? 'against' : 'for');
    case 'rank':
      return said(targetRank ?? '–');
    case 'probability':
      return targetProbability === null ? said('–') : said(percent(targetProbability), exact(targetProbability));
    case 'audit':
      return auditPassed === null
        ? said('–', 'It has no audit')
        : said(auditPassed ? 'passed' : 'failed', undefined, auditPassed ? 'passed' : 'failed');
    case 'took': {
      const seconds = secondsOf(run);
      return seconds === null ? said('–') : said(duration(seconds), `${seconds} s`);
    }
    case 'asked':
      return said(<time dateTime={createdAt}>{ago(createdAt, now)}</time>, exactTime(createdAt));
    case 'status':
      return said(status.toLowerCase(), error?.message, status.toLowerCase());
    default:
      return <Note run={run} own={own} write={(note) => actions.write(run, note)} />;
  }
}

interface NoteProps extends Pick<CellProps, 'run' | 'own'> {
  readonly write: (note: string) => void;
}

function Note({ run: { note }, own, write }: NoteProps) {
  const isOpen = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (!isOpen.value) return;
    input.current?.focus();
    input.current?.select();
  }, [isOpen.value]);
  const close = () => {
    isOpen.value = false;
    // Once it is there again.
    queueMicrotask(() => button.current?.focus());
  };
  const keep = (text: string) => {
    if (text !== note) write(text);
  };
  if (!isOpen.value)
    return (
      <button type="button" {...own} ref={button} title={note || 'Write a note'} onClick={() => (isOpen.value = true)}>
        {note ? plain(note) : <span class="quiet">–</span>}
        {!note && <span class="visually-hidden">Write a note</span>}
      </button>
    );
  return (
    <input
      {...own}
      ref={input}
      aria-label="Note"
      maxLength={longestNote}
      defaultValue={note}
      onBlur={({ currentTarget }) => {
        if (!isOpen.value) return;
        isOpen.value = false;
        keep(currentTarget.value.trim());
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') {
          // The button that has the focus next is not pressed by it.
          event.preventDefault();
          const text = event.currentTarget.value.trim();
          close();
          keep(text);
        } else if (event.key === 'Escape') close();
      }}
    />
  );
}
