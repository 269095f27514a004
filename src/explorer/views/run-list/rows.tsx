/** The rows of the list: only those in sight are drawn, further pages are read when their place comes near. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useNow } from '../../parts/now.ts';
import type { ListedRun } from './label.ts';
import type { ListedRuns } from './listed-runs.ts';
import { type RunActions, RunRow } from './row.tsx';
import { useSight } from './sight.ts';

/** CSS pixels; stands in run-list.css too. */
const rowHeight = 116;
/** CSS pixels: about a letter of a prompt, and what stands beside them. */
const characterWidth = 8.8;
const padding = 34;
/** Rows before the end at which the next page is read. */
const ahead = 20;
/** Milliseconds after which it is said anew how long ago something was. */
const minute = 60_000;

interface RowsProps {
  readonly list: ListedRuns;
  readonly rows: readonly ListedRun[];
  readonly isShown: (id: string) => boolean;
  readonly actions: RunActions;
}

export function Rows({ list, rows, isShown, actions }: RowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const focused = useSignal<string | undefined>(undefined);
  const now = useNow(minute);
  const { start, end, width } = useSight(box, rowHeight, rows);
  const longest = Math.max(20, Math.floor((width - padding) / characterWidth));
  useEffect(() => {
    if (end > rows.length - ahead) void list.more();
  }, [list, end, rows.length]);
  // The row that has the focus keeps it, however far it is out of sight.
  const drawn = rows.flatMap((run, index) =>
    (index >= start && index < end) || run.id === focused.value ? [{ run, index }] : [],
  );
  const step = (event: KeyboardEvent, index: number) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    box.current?.querySelector<HTMLElement>(`[aria-posinset="${index + 1 + by}"] .run`)?.focus();
  };
  return (
    <div class="rows" ref={box}>
      {/* biome-ignore lint/a11y/noRedundantRoles: a list without bullets is none to some screen readers */}
      <ul role="list" aria-label="Runs, newest first" style={{ height: `${rows.length * rowHeight}px` }}>
        {drawn.map(({ run, index }) => (
          <li
            key={run.id}
            data-run={run.id}
            aria-setsize={list.isWhole.value ? rows.length : -1}
            aria-posinset={index + 1}
            style={{ top: `${index * rowHeight}px` }}
            onFocusIn={() => (focused.value = run.id)}
            onFocusOut={() => (focused.value = undefined)}
            onKeyDown={(event) => step(event, index)}
          >
            <RunRow run={run} now={now} isShown={isShown(run.id)} longest={longest} actions={actions} />
          </li>
        ))}
      </ul>
    </div>
  );
}
